ALTER TABLE "message_log" ADD COLUMN "turn" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "message_log" ADD COLUMN "round" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "message_log" ADD COLUMN "setbacks" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "message_log" ADD COLUMN "reruns" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "run_step" ADD COLUMN "idempotency_key" text;--> statement-breakpoint
ALTER TABLE "message_log" DROP COLUMN "tries";