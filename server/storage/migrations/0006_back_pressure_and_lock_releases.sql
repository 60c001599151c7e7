CREATE TABLE "lock_release" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"key" text NOT NULL,
	"holder" text NOT NULL,
	"token" bigint NOT NULL,
	"flow_name" text NOT NULL,
	"channel_name" text NOT NULL,
	"acquired_at" timestamp (3) with time zone NOT NULL,
	"released_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"released_by" text NOT NULL,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "intake_pause" (
	"scope" text PRIMARY KEY NOT NULL,
	"flow_id" uuid,
	"worker" text,
	"reason" jsonb NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suspect" (
	"message_id" uuid PRIMARY KEY NOT NULL,
	"attempt" integer NOT NULL,
	"losses" integer NOT NULL,
	"begun_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "message_open";--> statement-breakpoint
ALTER TABLE "lease" ADD COLUMN "channel_id" uuid;--> statement-breakpoint
CREATE INDEX "lock_release_newest" ON "lock_release" USING btree ("released_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "lock_release_token" ON "lock_release" USING btree ("token");--> statement-breakpoint
CREATE INDEX "message_open" ON "message_log" USING btree ("channel_id","status","flow_id","size_bytes") WHERE status in ('PROCESSING', 'RETRY');