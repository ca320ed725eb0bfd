CREATE TABLE "file" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"kind" text NOT NULL,
	"parent_id" bigint,
	"version_name" text,
	"reference" text,
	"upload_user" bigint,
	"uploaded_at" timestamp with time zone DEFAULT now() NOT NULL,
	"state" text NOT NULL,
	"state_at" timestamp with time zone DEFAULT now() NOT NULL,
	"problem" text,
	"percent_done" integer,
	"location_id" bigint,
	"storage_key" text,
	"size_bytes" bigint,
	"sha256" text,
	"hash" text NOT NULL,
	"mime_type" text,
	"extension" text DEFAULT '' NOT NULL,
	"class" text DEFAULT 'unknown' NOT NULL,
	"original_filepath" text NOT NULL,
	"remote_url" text,
	"leave" boolean DEFAULT false NOT NULL,
	"produce_versions" boolean DEFAULT true NOT NULL,
	"custom_produce_config" jsonb,
	"produce_hash" text,
	"recipe" jsonb,
	"priority" integer DEFAULT 0 NOT NULL,
	"watermark" boolean DEFAULT false NOT NULL,
	"technical" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"metadata" jsonb,
	CONSTRAINT "file_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "file_journal" (
	"instance_id" uuid NOT NULL,
	"location_id" bigint NOT NULL,
	"storage_key" text NOT NULL,
	"not_before" timestamp with time zone NOT NULL,
	CONSTRAINT "file_journal_instance_id_location_id_storage_key_pk" PRIMARY KEY("instance_id","location_id","storage_key")
);
--> statement-breakpoint
CREATE TABLE "file_link" (
	"instance_id" uuid NOT NULL,
	"from_id" bigint NOT NULL,
	"column_id" integer NOT NULL,
	"row_uuid" uuid NOT NULL,
	"file_id" bigint NOT NULL,
	"live" boolean NOT NULL,
	CONSTRAINT "file_link_instance_id_from_id_column_id_row_uuid_file_id_pk" PRIMARY KEY("instance_id","from_id","column_id","row_uuid","file_id")
);
--> statement-breakpoint
CREATE TABLE "file_upload" (
	"instance_id" uuid NOT NULL,
	"id" text NOT NULL,
	"user_id" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"size_bytes" bigint,
	"metadata" jsonb NOT NULL,
	"location_id" bigint NOT NULL,
	"file_id" bigint,
	CONSTRAINT "file_upload_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "file_upload_part" (
	"instance_id" uuid NOT NULL,
	"upload_id" text NOT NULL,
	"start_byte" bigint NOT NULL,
	"size_bytes" bigint NOT NULL,
	"storage_key" text NOT NULL,
	CONSTRAINT "file_upload_part_instance_id_upload_id_start_byte_pk" PRIMARY KEY("instance_id","upload_id","start_byte")
);
--> statement-breakpoint
CREATE TABLE "storage_default" (
	"instance_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"location_id" bigint NOT NULL,
	CONSTRAINT "storage_default_instance_id_purpose_pk" PRIMARY KEY("instance_id","purpose")
);
--> statement-breakpoint
CREATE TABLE "storage_location" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"revision" integer NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"prefix" text DEFAULT '' NOT NULL,
	"config" jsonb NOT NULL,
	"secrets" text,
	"allow_purge" boolean DEFAULT false NOT NULL,
	"allow_redirect" boolean DEFAULT false NOT NULL,
	"read_only" boolean DEFAULT false NOT NULL,
	"scrub_every_days" integer,
	"status" text NOT NULL,
	"status_msg" text DEFAULT '' NOT NULL,
	"checked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "storage_location_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
ALTER TABLE "file" ADD CONSTRAINT "file_parent_file" FOREIGN KEY ("instance_id","parent_id") REFERENCES "public"."file"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file" ADD CONSTRAINT "file_location_of" FOREIGN KEY ("instance_id","location_id") REFERENCES "public"."storage_location"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_journal" ADD CONSTRAINT "file_journal_location" FOREIGN KEY ("instance_id","location_id") REFERENCES "public"."storage_location"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_link" ADD CONSTRAINT "file_link_record" FOREIGN KEY ("instance_id","from_id") REFERENCES "public"."record"("instance_id","system_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_link" ADD CONSTRAINT "file_link_of" FOREIGN KEY ("instance_id","file_id") REFERENCES "public"."file"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_upload" ADD CONSTRAINT "file_upload_location" FOREIGN KEY ("instance_id","location_id") REFERENCES "public"."storage_location"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_upload_part" ADD CONSTRAINT "file_upload_part_of" FOREIGN KEY ("instance_id","upload_id") REFERENCES "public"."file_upload"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "storage_default" ADD CONSTRAINT "storage_default_location" FOREIGN KEY ("instance_id","location_id") REFERENCES "public"."storage_location"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "file_reference" ON "file" USING btree ("instance_id","reference") WHERE "file"."reference" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "file_version_name" ON "file" USING btree ("instance_id","parent_id","version_name") WHERE "file"."version_name" is not null;--> statement-breakpoint
CREATE INDEX "file_parent" ON "file" USING btree ("instance_id","parent_id") WHERE "file"."parent_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "file_storage_key" ON "file" USING btree ("instance_id","location_id","storage_key") WHERE "file"."storage_key" is not null;--> statement-breakpoint
CREATE INDEX "file_location" ON "file" USING btree ("instance_id","location_id","id") WHERE "file"."location_id" is not null;--> statement-breakpoint
CREATE INDEX "file_hash" ON "file" USING btree ("instance_id","hash");--> statement-breakpoint
CREATE INDEX "file_unfinished" ON "file" USING btree ("instance_id","state_at") WHERE "file"."state" not in ('done', 'failed');--> statement-breakpoint
CREATE INDEX "file_journal_due" ON "file_journal" USING btree ("instance_id","not_before");--> statement-breakpoint
CREATE INDEX "file_link_file" ON "file_link" USING btree ("instance_id","file_id");--> statement-breakpoint
CREATE INDEX "file_upload_expiry" ON "file_upload" USING btree ("instance_id","expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "storage_location_name" ON "storage_location" USING btree ("instance_id","name");