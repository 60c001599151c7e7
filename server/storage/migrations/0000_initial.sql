CREATE SEQUENCE "public"."lease_token" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "account" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp (3) with time zone,
	"refresh_token_expires_at" timestamp (3) with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_token" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"start" text NOT NULL,
	"hash" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "api_token_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"token" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_token_unique" UNIQUE("token")
);
--> statement-breakpoint
CREATE TABLE "user" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"role" text DEFAULT 'administrator' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "verification" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "blob" (
	"hash" text PRIMARY KEY NOT NULL,
	"size_bytes" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"marked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "channel" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"flow_id" uuid NOT NULL,
	"node_id" text NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"type" text NOT NULL,
	"config" jsonb NOT NULL,
	"is_active" boolean DEFAULT false NOT NULL,
	"health" text DEFAULT 'waiting' NOT NULL,
	"next_poll_at" timestamp (3) with time zone,
	"claimed_until" timestamp (3) with time zone,
	"last_success_at" timestamp (3) with time zone,
	"failures_in_row" integer DEFAULT 0 NOT NULL,
	"epoch" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credential" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"user" text NOT NULL,
	"secret" "bytea" NOT NULL,
	"allowed_hosts" text[] NOT NULL,
	"deployed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deployed_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deployment" (
	"flow_id" uuid PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"state" text NOT NULL,
	"error" jsonb,
	"deployed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deployed_by" text NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "effect" (
	"message_id" uuid NOT NULL,
	"path" text NOT NULL,
	"summary" text NOT NULL,
	"answer" jsonb,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "effect_message_id_path_pk" PRIMARY KEY("message_id","path")
);
--> statement-breakpoint
CREATE TABLE "flow" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"draft" jsonb NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "flow_version" (
	"flow_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"document" jsonb NOT NULL,
	"deployed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deployed_by" text NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	CONSTRAINT "flow_version_flow_id_version_pk" PRIMARY KEY("flow_id","version")
);
--> statement-breakpoint
CREATE TABLE "lease" (
	"key" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"token" bigint NOT NULL,
	"acquired_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"channel_id" uuid NOT NULL,
	"mailbox" text NOT NULL,
	"epoch" text NOT NULL,
	"uid" text NOT NULL,
	"state" text NOT NULL,
	"message_id" uuid,
	"content_hash" text,
	"mail_message_id" text DEFAULT '' NOT NULL,
	"mail_from" text DEFAULT '' NOT NULL,
	"mail_date" text,
	"size_bytes" bigint NOT NULL,
	"fetch_tries" integer DEFAULT 0 NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"owed" text,
	"owed_since" timestamp (3) with time zone,
	"settle_started_at" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone,
	"settled_action" text,
	"settle_error" jsonb
);
--> statement-breakpoint
CREATE TABLE "message_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"flow_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"channel_id" uuid NOT NULL,
	"node_id" text NOT NULL,
	"status" text NOT NULL,
	"attempt" integer DEFAULT 1 NOT NULL,
	"tries" integer DEFAULT 1 NOT NULL,
	"subject" text NOT NULL,
	"from" text NOT NULL,
	"to" text NOT NULL,
	"mail_message_id" text NOT NULL,
	"sent_at" text,
	"size_bytes" bigint NOT NULL,
	"raw_hash" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"next_attempt_at" timestamp (3) with time zone,
	"error" jsonb
);
--> statement-breakpoint
CREATE TABLE "poll" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel_id" uuid NOT NULL,
	"flow_id" uuid NOT NULL,
	"node_id" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"result" text NOT NULL,
	"listed" integer DEFAULT 0 NOT NULL,
	"known" integer DEFAULT 0 NOT NULL,
	"taken" integer DEFAULT 0 NOT NULL,
	"quarantined" integer DEFAULT 0 NOT NULL,
	"post_processed" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"error" jsonb,
	"notes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"worker" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quarantine" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"channel_id" uuid NOT NULL,
	"flow_id" uuid NOT NULL,
	"ledger_id" bigint NOT NULL,
	"message_id" uuid,
	"reason" jsonb NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"from" text DEFAULT '' NOT NULL,
	"size_bytes" bigint NOT NULL,
	"raw_hash" text,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "run_step" (
	"message_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"position" integer NOT NULL,
	"node_id" text NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"outcome" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"error" jsonb,
	"summary" text DEFAULT '' NOT NULL,
	CONSTRAINT "run_step_message_id_attempt_position_pk" PRIMARY KEY("message_id","attempt","position")
);
--> statement-breakpoint
CREATE TABLE "setting" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_pause" (
	"account" text PRIMARY KEY NOT NULL,
	"credential" text NOT NULL,
	"refusals" integer NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channel" ADD CONSTRAINT "channel_flow_id_flow_id_fk" FOREIGN KEY ("flow_id") REFERENCES "public"."flow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_flow_id_flow_id_fk" FOREIGN KEY ("flow_id") REFERENCES "public"."flow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "effect" ADD CONSTRAINT "effect_message_id_message_log_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."message_log"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flow_version" ADD CONSTRAINT "flow_version_flow_id_flow_id_fk" FOREIGN KEY ("flow_id") REFERENCES "public"."flow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_channel_id_channel_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channel"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poll" ADD CONSTRAINT "poll_channel_id_channel_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channel"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quarantine" ADD CONSTRAINT "quarantine_channel_id_channel_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channel"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quarantine" ADD CONSTRAINT "quarantine_ledger_id_ledger_id_fk" FOREIGN KEY ("ledger_id") REFERENCES "public"."ledger"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_step" ADD CONSTRAINT "run_step_message_id_message_log_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."message_log"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_user" ON "account" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_user" ON "session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "verification_identifier" ON "verification" USING btree ("identifier");--> statement-breakpoint
CREATE UNIQUE INDEX "channel_node" ON "channel" USING btree ("flow_id","node_id");--> statement-breakpoint
CREATE INDEX "channel_due" ON "channel" USING btree ("next_poll_at") WHERE is_active;--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_mail" ON "ledger" USING btree ("channel_id","mailbox","epoch","uid");--> statement-breakpoint
CREATE INDEX "ledger_owed" ON "ledger" USING btree ("channel_id","mailbox") WHERE owed is not null;--> statement-breakpoint
CREATE INDEX "ledger_unsettled" ON "ledger" USING btree ("channel_id","mailbox","epoch") WHERE settled_at is null;--> statement-breakpoint
CREATE INDEX "ledger_hash" ON "ledger" USING btree ("channel_id","content_hash");--> statement-breakpoint
CREATE INDEX "ledger_mail_message_id" ON "ledger" USING btree ("channel_id","mail_message_id");--> statement-breakpoint
CREATE INDEX "ledger_message" ON "ledger" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "message_open" ON "message_log" USING btree ("channel_id") WHERE status = 'PROCESSING';--> statement-breakpoint
CREATE INDEX "message_newest" ON "message_log" USING btree ("received_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "message_of_flow" ON "message_log" USING btree ("flow_id","received_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "message_status" ON "message_log" USING btree ("status","received_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "message_count" ON "message_log" USING btree ("flow_id","status");--> statement-breakpoint
CREATE INDEX "message_raw" ON "message_log" USING btree ("raw_hash");--> statement-breakpoint
CREATE INDEX "poll_running" ON "poll" USING btree ("started_at") WHERE result = 'running';--> statement-breakpoint
CREATE INDEX "poll_newest" ON "poll" USING btree ("started_at" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "poll_of_channel" ON "poll" USING btree ("channel_id","started_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "quarantine_open" ON "quarantine" USING btree ("since" DESC NULLS LAST) WHERE settled_at is null;--> statement-breakpoint
CREATE INDEX "quarantine_raw" ON "quarantine" USING btree ("raw_hash");