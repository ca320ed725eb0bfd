CREATE TABLE "instance" (
	"id" uuid PRIMARY KEY NOT NULL,
	"domain" text NOT NULL,
	"prefix" text NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instance_domain_unique" UNIQUE("domain"),
	CONSTRAINT "instance_prefix_unique" UNIQUE("prefix")
);
--> statement-breakpoint
CREATE TABLE "instance_domain" (
	"domain" text PRIMARY KEY NOT NULL,
	"instance_id" uuid NOT NULL,
	"is_alias" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "app_group" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"version" integer NOT NULL,
	"type" text NOT NULL,
	"reference" text,
	"data" jsonb NOT NULL,
	"system_rights" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "app_group_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "app_user" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"version" integer NOT NULL,
	"type" text NOT NULL,
	"login" text,
	"email" text,
	"reference" text,
	"password_hash" text,
	"data" jsonb NOT NULL,
	"system_rights" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"last_seen_at" timestamp with time zone,
	CONSTRAINT "app_user_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "membership" (
	"instance_id" uuid NOT NULL,
	"group_id" bigint NOT NULL,
	"user_id" bigint NOT NULL,
	CONSTRAINT "membership_instance_id_group_id_user_id_pk" PRIMARY KEY("instance_id","group_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "sign_in_failure" (
	"instance_id" uuid NOT NULL,
	"subject" text NOT NULL,
	"failures" integer NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"blocked_until" timestamp with time zone,
	CONSTRAINT "sign_in_failure_instance_id_subject_pk" PRIMARY KEY("instance_id","subject")
);
--> statement-breakpoint
CREATE TABLE "token" (
	"instance_id" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	"kind" text NOT NULL,
	"client_id" text NOT NULL,
	"user_id" bigint NOT NULL,
	"scope" text NOT NULL,
	"family" text NOT NULL,
	"details" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "token_instance_id_hash_pk" PRIMARY KEY("instance_id","hash")
);
--> statement-breakpoint
CREATE TABLE "counter" (
	"instance_id" uuid NOT NULL,
	"name" text NOT NULL,
	"next" bigint NOT NULL,
	CONSTRAINT "counter_instance_id_name_pk" PRIMARY KEY("instance_id","name")
);
--> statement-breakpoint
CREATE TABLE "pool" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"version" integer NOT NULL,
	"parent_id" bigint,
	"reference" text,
	"shortname" text,
	"is_system" boolean DEFAULT false NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pool_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "right_preset" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"context" text NOT NULL,
	"version" integer NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "right_preset_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "setting" (
	"instance_id" uuid NOT NULL,
	"name" text NOT NULL,
	"value" jsonb NOT NULL,
	CONSTRAINT "setting_instance_id_name_pk" PRIMARY KEY("instance_id","name")
);
--> statement-breakpoint
CREATE TABLE "tag" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"group_id" bigint NOT NULL,
	"version" integer NOT NULL,
	"position" integer NOT NULL,
	"reference" text,
	"data" jsonb NOT NULL,
	CONSTRAINT "tag_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "tag_group" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"position" integer NOT NULL,
	"reference" text,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "tag_group_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "transition" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"position" integer NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "transition_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "datamodel_version" (
	"instance_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"based_on" integer NOT NULL,
	"committed_at" timestamp with time zone,
	"revision" integer DEFAULT 1 NOT NULL,
	"schema" jsonb NOT NULL,
	"masks" jsonb NOT NULL,
	"translations" jsonb NOT NULL,
	CONSTRAINT "datamodel_version_instance_id_version_pk" PRIMARY KEY("instance_id","version")
);
--> statement-breakpoint
CREATE TABLE "objecttype_setting" (
	"instance_id" uuid NOT NULL,
	"table_id" integer NOT NULL,
	"version" integer NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "objecttype_setting_instance_id_table_id_pk" PRIMARY KEY("instance_id","table_id")
);
--> statement-breakpoint
CREATE TABLE "record" (
	"instance_id" uuid NOT NULL,
	"system_id" bigint NOT NULL,
	"table_id" integer NOT NULL,
	"object_id" bigint NOT NULL,
	"uuid" uuid NOT NULL,
	"version" integer NOT NULL,
	"schema_version" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"modified_at" timestamp with time zone NOT NULL,
	"deleted_at" timestamp with time zone,
	"create_user" bigint,
	"owner_user" bigint,
	"owner_group" bigint,
	"pool_id" bigint,
	"parent_id" bigint,
	"tags" bigint[] DEFAULT '{}'::bigint[] NOT NULL,
	"content" jsonb NOT NULL,
	CONSTRAINT "record_instance_id_system_id_pk" PRIMARY KEY("instance_id","system_id")
);
--> statement-breakpoint
CREATE TABLE "record_link" (
	"instance_id" uuid NOT NULL,
	"from_id" bigint NOT NULL,
	"column_id" integer NOT NULL,
	"row_uuid" uuid NOT NULL,
	"to_id" bigint NOT NULL,
	CONSTRAINT "record_link_instance_id_from_id_column_id_row_uuid_pk" PRIMARY KEY("instance_id","from_id","column_id","row_uuid")
);
--> statement-breakpoint
CREATE TABLE "record_unique" (
	"instance_id" uuid NOT NULL,
	"key" text NOT NULL,
	"value" "bytea" NOT NULL,
	"from_id" bigint NOT NULL,
	"row_uuid" uuid NOT NULL,
	CONSTRAINT "record_unique_instance_id_key_value_pk" PRIMARY KEY("instance_id","key","value")
);
--> statement-breakpoint
CREATE TABLE "record_version" (
	"instance_id" uuid NOT NULL,
	"system_id" bigint NOT NULL,
	"version" integer NOT NULL,
	"schema_version" integer NOT NULL,
	"operation" text NOT NULL,
	"saved_at" timestamp with time zone NOT NULL,
	"saved_by" bigint,
	"comment" text,
	"modified_at" timestamp with time zone NOT NULL,
	"owner_user" bigint,
	"owner_group" bigint,
	"pool_id" bigint,
	"parent_id" bigint,
	"tags" bigint[] DEFAULT '{}'::bigint[] NOT NULL,
	"content" jsonb NOT NULL,
	CONSTRAINT "record_version_instance_id_system_id_version_pk" PRIMARY KEY("instance_id","system_id","version")
);
--> statement-breakpoint
ALTER TABLE "instance_domain" ADD CONSTRAINT "instance_domain_instance_id_instance_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instance"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_group" FOREIGN KEY ("instance_id","group_id") REFERENCES "public"."app_group"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_user_fk" FOREIGN KEY ("instance_id","user_id") REFERENCES "public"."app_user"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "token" ADD CONSTRAINT "token_user_fk" FOREIGN KEY ("instance_id","user_id") REFERENCES "public"."app_user"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool" ADD CONSTRAINT "pool_parent_fk" FOREIGN KEY ("instance_id","parent_id") REFERENCES "public"."pool"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tag" ADD CONSTRAINT "tag_group_fk" FOREIGN KEY ("instance_id","group_id") REFERENCES "public"."tag_group"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_link" ADD CONSTRAINT "record_link_from" FOREIGN KEY ("instance_id","from_id") REFERENCES "public"."record"("instance_id","system_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_unique" ADD CONSTRAINT "record_unique_record" FOREIGN KEY ("instance_id","from_id") REFERENCES "public"."record"("instance_id","system_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_version" ADD CONSTRAINT "record_version_record" FOREIGN KEY ("instance_id","system_id") REFERENCES "public"."record"("instance_id","system_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "instance_domain_instance" ON "instance_domain" USING btree ("instance_id");--> statement-breakpoint
CREATE UNIQUE INDEX "app_group_reference" ON "app_group" USING btree ("instance_id","reference");--> statement-breakpoint
CREATE UNIQUE INDEX "app_user_login" ON "app_user" USING btree ("instance_id",lower("login"));--> statement-breakpoint
CREATE UNIQUE INDEX "app_user_email" ON "app_user" USING btree ("instance_id",lower("email"));--> statement-breakpoint
CREATE UNIQUE INDEX "app_user_reference" ON "app_user" USING btree ("instance_id","reference");--> statement-breakpoint
CREATE INDEX "membership_user" ON "membership" USING btree ("instance_id","user_id");--> statement-breakpoint
CREATE INDEX "token_family" ON "token" USING btree ("instance_id","family");--> statement-breakpoint
CREATE INDEX "token_user" ON "token" USING btree ("instance_id","user_id");--> statement-breakpoint
CREATE INDEX "token_expiry" ON "token" USING btree ("instance_id","expires_at");--> statement-breakpoint
CREATE INDEX "pool_parent" ON "pool" USING btree ("instance_id","parent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "pool_reference" ON "pool" USING btree ("instance_id","reference");--> statement-breakpoint
CREATE UNIQUE INDEX "pool_shortname" ON "pool" USING btree ("instance_id","shortname");--> statement-breakpoint
CREATE INDEX "right_preset_context" ON "right_preset" USING btree ("instance_id","context");--> statement-breakpoint
CREATE INDEX "tag_group_index" ON "tag" USING btree ("instance_id","group_id");--> statement-breakpoint
CREATE UNIQUE INDEX "tag_reference" ON "tag" USING btree ("instance_id","reference");--> statement-breakpoint
CREATE UNIQUE INDEX "tag_group_reference" ON "tag_group" USING btree ("instance_id","reference");--> statement-breakpoint
CREATE UNIQUE INDEX "datamodel_head" ON "datamodel_version" USING btree ("instance_id") WHERE "datamodel_version"."committed_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "record_object_id" ON "record" USING btree ("instance_id","table_id","object_id");--> statement-breakpoint
CREATE UNIQUE INDEX "record_uuid" ON "record" USING btree ("instance_id","uuid");--> statement-breakpoint
CREATE INDEX "record_parent" ON "record" USING btree ("instance_id","parent_id") WHERE "record"."parent_id" is not null;--> statement-breakpoint
CREATE INDEX "record_pool" ON "record" USING btree ("instance_id","pool_id") WHERE "record"."pool_id" is not null;--> statement-breakpoint
CREATE INDEX "record_link_target" ON "record_link" USING btree ("instance_id","to_id");--> statement-breakpoint
CREATE INDEX "record_unique_from" ON "record_unique" USING btree ("instance_id","from_id");