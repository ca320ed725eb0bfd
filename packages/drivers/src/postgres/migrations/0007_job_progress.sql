CREATE TABLE "job_progress" (
	"instance_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"state" text NOT NULL,
	"done" bigint DEFAULT 0 NOT NULL,
	"total" bigint,
	"note" text,
	"stop_wanted" boolean DEFAULT false NOT NULL,
	"started_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "job_progress_instance_id_kind_subject_pk" PRIMARY KEY("instance_id","kind","subject")
);
--> statement-breakpoint
-- The rule of the first version, for this table.
ALTER TABLE "job_progress" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "job_progress" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant ON "job_progress" USING (instance_id = nullif(current_setting('app.instance_id', true), '')::uuid);
