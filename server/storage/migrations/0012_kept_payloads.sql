ALTER TABLE "step_payload" ALTER COLUMN "headers" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "step_payload" ALTER COLUMN "properties" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "step_payload" ALTER COLUMN "attachments" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "step_payload" ADD COLUMN "left_out" integer;