ALTER TABLE "file_upload" ADD COLUMN "holder" text;--> statement-breakpoint
ALTER TABLE "file_upload" ADD COLUMN "held_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "file_upload" ADD COLUMN "hold_wanted" boolean DEFAULT false NOT NULL;