-- Tags of records that were saved before tags had rows of their own. The rule binds the owner of the tables as well, so it is
-- lifted for him while he reads all instances at once.
ALTER TABLE record NO FORCE ROW LEVEL SECURITY;
INSERT INTO record_tag (instance_id, tag_id, table_id, system_id)
  SELECT DISTINCT instance_id, tag_id, table_id, system_id FROM record, unnest(tags) AS t(tag_id) WHERE deleted_at IS NULL
  ON CONFLICT DO NOTHING;
ALTER TABLE record FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
-- The same rule as in the first version, for every table that has come since.
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
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (instance_id = nullif(current_setting(''app.instance_id'', true), '''')::uuid)', tenant_table);
  END LOOP;
END $$;
