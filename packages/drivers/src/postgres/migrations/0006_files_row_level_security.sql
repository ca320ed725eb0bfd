-- The rule of the first version, for the tables of files.
DO $$
DECLARE tenant_table text;
BEGIN
  FOR tenant_table IN
    SELECT c.table_name FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = 'public' AND c.column_name = 'instance_id' AND t.table_type = 'BASE TABLE' AND c.table_name <> 'instance_domain'
      AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.table_name AND p.policyname = 'tenant')
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (instance_id = nullif(current_setting(''app.instance_id'', true), '''')::uuid)', tenant_table);
  END LOOP;
END $$;
--> statement-breakpoint
-- Instances that were there before get the place for files that new ones begin with.
INSERT INTO storage_location (instance_id, id, revision, name, kind, config, status)
  SELECT id, 1, 1, 'default', 'file', '{"file": {"dir": "."}}', 'connected' FROM instance;
--> statement-breakpoint
INSERT INTO storage_default (instance_id, purpose, location_id)
  SELECT i.id, p.purpose, 1 FROM instance i, (VALUES ('originals'), ('versions'), ('backups')) AS p(purpose);
--> statement-breakpoint
INSERT INTO counter (instance_id, name, next) SELECT id, 'location', 2 FROM instance;
--> statement-breakpoint
-- From here on the rule binds the owner of the tables as well.
DO $$
DECLARE tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['storage_location', 'storage_default', 'file', 'file_journal', 'file_link', 'file_upload', 'file_upload_part']
  LOOP
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
  END LOOP;
END $$;
