-- Every table with an instance_id, except the register of instances itself, shows and takes only rows of the instance
-- named in the session. FORCE makes the rule bind the owner of the tables as well; without a setting no row is visible.
DO $$
DECLARE tenant_table text;
BEGIN
  FOR tenant_table IN
    SELECT c.table_name FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = 'public' AND c.column_name = 'instance_id' AND t.table_type = 'BASE TABLE' AND c.table_name <> 'instance_domain'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (instance_id = nullif(current_setting(''app.instance_id'', true), '''')::uuid)', tenant_table);
  END LOOP;
END $$;
