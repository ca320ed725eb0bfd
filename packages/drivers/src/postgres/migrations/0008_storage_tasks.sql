CREATE TABLE "former_location" (
	"former_instance" uuid NOT NULL,
	"location_id" bigint NOT NULL,
	"kind" text NOT NULL,
	"prefix" text NOT NULL,
	"config" jsonb NOT NULL,
	"secrets" text,
	"open_hosts" text[] NOT NULL,
	"cleared" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "former_location_former_instance_location_id_pk" PRIMARY KEY("former_instance","location_id")
);
--> statement-breakpoint
CREATE TABLE "storage_finding" (
	"instance_id" uuid NOT NULL,
	"task_id" bigint NOT NULL,
	"storage_key" text COLLATE "C" NOT NULL,
	"kind" text NOT NULL,
	"file_id" bigint,
	"state" text NOT NULL,
	"message" text NOT NULL,
	CONSTRAINT "storage_finding_instance_id_task_id_storage_key_pk" PRIMARY KEY("instance_id","task_id","storage_key")
);
--> statement-breakpoint
CREATE TABLE "storage_task" (
	"instance_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"kind" text NOT NULL,
	"location_id" bigint NOT NULL,
	"target_id" bigint,
	"repair" boolean NOT NULL,
	"remove_source" boolean NOT NULL,
	"started_by" bigint,
	"state" text NOT NULL,
	"step" text NOT NULL,
	"cursor" text DEFAULT '' NOT NULL,
	"files_total" bigint DEFAULT 0 NOT NULL,
	"bytes_total" bigint DEFAULT 0 NOT NULL,
	"files_done" bigint DEFAULT 0 NOT NULL,
	"bytes_done" bigint DEFAULT 0 NOT NULL,
	"problem" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "storage_task_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
ALTER TABLE "file" ALTER COLUMN "storage_key" SET DATA TYPE text COLLATE "C";--> statement-breakpoint
ALTER TABLE "storage_finding" ADD CONSTRAINT "storage_finding_of" FOREIGN KEY ("instance_id","task_id") REFERENCES "public"."storage_task"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "storage_task" ADD CONSTRAINT "storage_task_location_of" FOREIGN KEY ("instance_id","location_id") REFERENCES "public"."storage_location"("instance_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "storage_task_location" ON "storage_task" USING btree ("instance_id","location_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "storage_task_open" ON "storage_task" USING btree ("instance_id","location_id") WHERE "storage_task"."ended_at" is null;
--> statement-breakpoint
-- The rule of the first version, for these tables.
ALTER TABLE "storage_task" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "storage_task" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant ON "storage_task" USING (instance_id = nullif(current_setting('app.instance_id', true), '')::uuid);
--> statement-breakpoint
ALTER TABLE "storage_finding" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "storage_finding" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant ON "storage_finding" USING (instance_id = nullif(current_setting('app.instance_id', true), '')::uuid);
