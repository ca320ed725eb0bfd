CREATE TABLE "record_ghost" (
	"instance_id" uuid NOT NULL,
	"system_id" bigint NOT NULL,
	"uuid" uuid,
	"table_id" integer NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "record_ghost_instance_id_system_id_pk" PRIMARY KEY("instance_id","system_id")
);
--> statement-breakpoint
CREATE TABLE "record_grant" (
	"instance_id" uuid NOT NULL,
	"system_id" bigint NOT NULL,
	"position" integer NOT NULL,
	"user_id" bigint,
	"group_id" bigint,
	"role" text,
	"sticky" boolean DEFAULT false NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "record_grant_instance_id_system_id_position_pk" PRIMARY KEY("instance_id","system_id","position")
);
--> statement-breakpoint
CREATE TABLE "record_parent_link" (
	"instance_id" uuid NOT NULL,
	"child_id" bigint NOT NULL,
	"parent_id" bigint NOT NULL,
	CONSTRAINT "record_parent_link_instance_id_child_id_parent_id_pk" PRIMARY KEY("instance_id","child_id","parent_id")
);
--> statement-breakpoint
CREATE TABLE "record_tag" (
	"instance_id" uuid NOT NULL,
	"tag_id" bigint NOT NULL,
	"table_id" integer NOT NULL,
	"system_id" bigint NOT NULL,
	CONSTRAINT "record_tag_instance_id_tag_id_table_id_system_id_pk" PRIMARY KEY("instance_id","tag_id","table_id","system_id")
);
--> statement-breakpoint
CREATE TABLE "collection" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"version" integer NOT NULL,
	"parent_id" bigint,
	"uuid" uuid NOT NULL,
	"reference" text,
	"shortname" text,
	"owner_user" bigint NOT NULL,
	"is_system" boolean DEFAULT false NOT NULL,
	"acl" jsonb,
	"private_acl" boolean DEFAULT false NOT NULL,
	"invalid_acl" boolean DEFAULT false NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "collection_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "collection_object" (
	"instance_id" uuid NOT NULL,
	"collection_id" bigint NOT NULL,
	"global_object_id" text NOT NULL,
	"system_id" bigint,
	"position" bigint NOT NULL,
	"invalid" boolean DEFAULT false NOT NULL,
	"props" jsonb,
	CONSTRAINT "collection_object_instance_id_collection_id_global_object_id_pk" PRIMARY KEY("instance_id","collection_id","global_object_id")
);
--> statement-breakpoint
CREATE TABLE "event" (
	"instance_id" uuid NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "event_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" bigint,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"type" text NOT NULL,
	"pollable" boolean DEFAULT false NOT NULL,
	"basetype" text,
	"objecttype" text,
	"object_id" bigint,
	"object_version" integer,
	"system_object_id" bigint,
	"global_object_id" text,
	"schema_version" integer,
	"info" jsonb,
	"user_id" bigint,
	"user_displayname" text,
	"remote_addr" text,
	CONSTRAINT "event_instance_id_seq_pk" PRIMARY KEY("instance_id","seq")
);
--> statement-breakpoint
CREATE TABLE "webhook" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"version" integer NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"url" text NOT NULL,
	"secret" text NOT NULL,
	"cursor" bigint DEFAULT 0 NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "webhook_delivery" (
	"instance_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"webhook_id" bigint NOT NULL,
	"event_id" bigint,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"payload" jsonb NOT NULL,
	"last_status" integer,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_delivery_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
DROP INDEX "record_pool";--> statement-breakpoint
ALTER TABLE "record" ADD COLUMN "parents" bigint[] DEFAULT '{}'::bigint[] NOT NULL;--> statement-breakpoint
ALTER TABLE "record" ADD COLUMN "child_idx" bigint;--> statement-breakpoint
ALTER TABLE "record" ADD COLUMN "acl" jsonb;--> statement-breakpoint
ALTER TABLE "record" ADD COLUMN "private_acl" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "record" ADD COLUMN "system_tags" text[] DEFAULT '{}'::text[] NOT NULL;--> statement-breakpoint
ALTER TABLE "record_version" ADD COLUMN "parents" bigint[] DEFAULT '{}'::bigint[] NOT NULL;--> statement-breakpoint
ALTER TABLE "record_version" ADD COLUMN "child_idx" bigint;--> statement-breakpoint
ALTER TABLE "record_version" ADD COLUMN "acl" jsonb;--> statement-breakpoint
ALTER TABLE "record_version" ADD COLUMN "private_acl" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "record_grant" ADD CONSTRAINT "record_grant_record" FOREIGN KEY ("instance_id","system_id") REFERENCES "public"."record"("instance_id","system_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_parent_link" ADD CONSTRAINT "record_parent_link_child" FOREIGN KEY ("instance_id","child_id") REFERENCES "public"."record"("instance_id","system_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_tag" ADD CONSTRAINT "record_tag_record" FOREIGN KEY ("instance_id","system_id") REFERENCES "public"."record"("instance_id","system_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collection" ADD CONSTRAINT "collection_parent_fk" FOREIGN KEY ("instance_id","parent_id") REFERENCES "public"."collection"("instance_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collection_object" ADD CONSTRAINT "collection_object_collection" FOREIGN KEY ("instance_id","collection_id") REFERENCES "public"."collection"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_webhook" FOREIGN KEY ("instance_id","webhook_id") REFERENCES "public"."webhook"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "record_ghost_uuid" ON "record_ghost" USING btree ("instance_id","uuid");--> statement-breakpoint
CREATE INDEX "record_grant_user" ON "record_grant" USING btree ("instance_id","user_id") WHERE "record_grant"."user_id" is not null;--> statement-breakpoint
CREATE INDEX "record_grant_group" ON "record_grant" USING btree ("instance_id","group_id") WHERE "record_grant"."group_id" is not null;--> statement-breakpoint
CREATE INDEX "record_parent_link_of" ON "record_parent_link" USING btree ("instance_id","parent_id");--> statement-breakpoint
CREATE INDEX "record_tag_of" ON "record_tag" USING btree ("instance_id","system_id");--> statement-breakpoint
CREATE INDEX "collection_parent" ON "collection" USING btree ("instance_id","parent_id");--> statement-breakpoint
CREATE INDEX "collection_owner" ON "collection" USING btree ("instance_id","owner_user");--> statement-breakpoint
CREATE INDEX "collection_shared" ON "collection" USING btree ("instance_id","id") WHERE "collection"."acl" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "collection_uuid" ON "collection" USING btree ("instance_id","uuid");--> statement-breakpoint
CREATE UNIQUE INDEX "collection_reference" ON "collection" USING btree ("instance_id","reference");--> statement-breakpoint
CREATE UNIQUE INDEX "collection_shortname" ON "collection" USING btree ("instance_id","shortname");--> statement-breakpoint
CREATE INDEX "collection_object_order" ON "collection_object" USING btree ("instance_id","collection_id","position");--> statement-breakpoint
CREATE INDEX "collection_object_record" ON "collection_object" USING btree ("instance_id","system_id") WHERE "collection_object"."system_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "event_id" ON "event" USING btree ("instance_id","id");--> statement-breakpoint
CREATE INDEX "event_unnumbered" ON "event" USING btree ("instance_id","seq") WHERE "event"."id" is null;--> statement-breakpoint
CREATE INDEX "event_type" ON "event" USING btree ("instance_id","type","id");--> statement-breakpoint
CREATE INDEX "event_record" ON "event" USING btree ("instance_id","system_object_id","id") WHERE "event"."system_object_id" is not null;--> statement-breakpoint
CREATE INDEX "event_at" ON "event" USING btree ("instance_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_name" ON "webhook" USING btree ("instance_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_delivery_event" ON "webhook_delivery" USING btree ("instance_id","webhook_id","event_id");--> statement-breakpoint
CREATE INDEX "webhook_delivery_time" ON "webhook_delivery" USING btree ("instance_id","webhook_id","created_at");--> statement-breakpoint
CREATE INDEX "record_pool_page" ON "record" USING btree ("instance_id","pool_id","table_id","object_id") WHERE "record"."pool_id" is not null;--> statement-breakpoint
CREATE INDEX "record_owner_page" ON "record" USING btree ("instance_id","owner_user","table_id","object_id");--> statement-breakpoint
CREATE INDEX "record_owner_group_page" ON "record" USING btree ("instance_id","owner_group","table_id","object_id") WHERE "record"."owner_group" is not null;--> statement-breakpoint
CREATE INDEX "record_marked" ON "record" USING btree ("instance_id","table_id","system_id") WHERE "record"."system_tags" <> '{}'::text[];