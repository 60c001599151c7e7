CREATE TABLE "flow_draft_kept" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"flow_id" uuid NOT NULL,
	"draft" jsonb NOT NULL,
	"kept_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"kept_by" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "flow" ADD COLUMN "parameter_values" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "flow_version" ADD COLUMN "parameter_values" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "flow_version" ADD COLUMN "content_hash" text;--> statement-breakpoint
ALTER TABLE "run_step" ADD COLUMN "edge_id" text;--> statement-breakpoint
ALTER TABLE "run_step" ADD COLUMN "port" text;--> statement-breakpoint
ALTER TABLE "flow_draft_kept" ADD CONSTRAINT "flow_draft_kept_flow_id_flow_id_fk" FOREIGN KEY ("flow_id") REFERENCES "public"."flow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "kept_draft_of_flow" ON "flow_draft_kept" USING btree ("flow_id","kept_at" DESC NULLS LAST);