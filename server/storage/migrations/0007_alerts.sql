CREATE TABLE "alert" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"severity" text NOT NULL,
	"message" text NOT NULL,
	"remedy" text NOT NULL,
	"error" jsonb,
	"flow_id" uuid,
	"node_id" text,
	"name" text,
	"count" integer NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"cleared_at" timestamp (3) with time zone,
	"returns" integer DEFAULT 0 NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	"acknowledged_by" text
);
--> statement-breakpoint
CREATE TABLE "alert_delivery" (
	"position" bigserial PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"notices" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp (3) with time zone NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"given_up_at" timestamp (3) with time zone,
	"error" jsonb,
	CONSTRAINT "alert_delivery_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "alert_target" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"is_enabled" boolean NOT NULL,
	"settings" jsonb NOT NULL,
	"kinds" text[] NOT NULL,
	"flow_ids" uuid[] NOT NULL,
	"least_severity" text NOT NULL,
	"remind_hours" integer,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"changed_by" text NOT NULL,
	CONSTRAINT "alert_target_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "alert_told" (
	"alert_id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"told_at" timestamp (3) with time zone NOT NULL,
	"cleared_at" timestamp (3) with time zone,
	CONSTRAINT "alert_told_alert_id_target_id_pk" PRIMARY KEY("alert_id","target_id")
);
--> statement-breakpoint
CREATE TABLE "process_sign" (
	"process" text PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "watch" (
	"id" integer PRIMARY KEY NOT NULL,
	"turn" integer NOT NULL,
	"begun_at" timestamp (3) with time zone NOT NULL,
	"checked_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "alert_delivery" ADD CONSTRAINT "alert_delivery_target_id_alert_target_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."alert_target"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_told" ADD CONSTRAINT "alert_told_alert_id_alert_id_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."alert"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_told" ADD CONSTRAINT "alert_told_target_id_alert_target_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."alert_target"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "alert_open" ON "alert" USING btree ("kind","subject") WHERE cleared_at is null;--> statement-breakpoint
CREATE INDEX "alert_subject" ON "alert" USING btree ("kind","subject","opened_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "alert_history" ON "alert" USING btree ("cleared_at" DESC NULLS LAST,"id") WHERE cleared_at is not null;--> statement-breakpoint
CREATE INDEX "alert_delivery_waiting" ON "alert_delivery" USING btree ("target_id","position") WHERE sent_at is null and given_up_at is null;--> statement-breakpoint
CREATE INDEX "alert_delivery_of_target" ON "alert_delivery" USING btree ("target_id","position" DESC NULLS LAST);