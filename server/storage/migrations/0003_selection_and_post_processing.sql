CREATE SEQUENCE "public"."message_line" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "numbering" (
	"channel_id" uuid NOT NULL,
	"mailbox" text NOT NULL,
	"epoch" text NOT NULL,
	"first_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"is_first" boolean NOT NULL,
	"first_uid" bigint,
	"looked_at_uid" bigint,
	CONSTRAINT "numbering_channel_id_mailbox_epoch_pk" PRIMARY KEY("channel_id","mailbox","epoch")
);
--> statement-breakpoint
ALTER TABLE "channel" ADD COLUMN "started_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "channel" ADD COLUMN "leaves_out_before" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "channel" ADD COLUMN "is_in_order" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "listed_bytes" bigint;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "flags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "arrived_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "allowed_bytes" bigint;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "skipped_by" text;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "on_failure" text;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "settle_refusals" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "settle_after" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "unread_again_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "message_log" ADD COLUMN "line" bigint;--> statement-breakpoint
ALTER TABLE "message_log" ADD COLUMN "is_waiting" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "message_log" ADD COLUMN "repeat_of" uuid;--> statement-breakpoint
ALTER TABLE "poll" ADD COLUMN "read_elsewhere" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "poll" ADD COLUMN "unread_again" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "poll" ADD COLUMN "skipped_by_search" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "poll" ADD COLUMN "before_start" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "quarantine" ADD COLUMN "sent_at" text;--> statement-breakpoint
ALTER TABLE "numbering" ADD CONSTRAINT "numbering_channel_id_channel_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channel"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ledger_failing" ON "ledger" USING btree ("channel_id","mailbox","epoch") WHERE state = 'failing';--> statement-breakpoint
CREATE INDEX "ledger_read" ON "ledger" USING btree ("channel_id") WHERE state = 'read';--> statement-breakpoint
CREATE INDEX "ledger_unread_again" ON "ledger" USING btree ("channel_id") WHERE unread_again_at is not null;--> statement-breakpoint
CREATE INDEX "message_in_line" ON "message_log" USING btree ("channel_id","line") WHERE line is not null and status in ('PROCESSING', 'RETRY');--> statement-breakpoint
CREATE INDEX "message_repeat" ON "message_log" USING btree ("repeat_of") WHERE repeat_of is not null;