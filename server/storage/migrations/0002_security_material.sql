CREATE TABLE "key_pair" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"pem" text NOT NULL,
	"private_key" "bytea" NOT NULL,
	"deployed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deployed_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oauth2_credential" (
	"name" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"tenant" text NOT NULL,
	"authorization_url" text NOT NULL,
	"token_url" text NOT NULL,
	"client_id" text NOT NULL,
	"send_as" text NOT NULL,
	"scope" text NOT NULL,
	"state" text DEFAULT 'Unauthorized' NOT NULL,
	"error" jsonb,
	"authorized_at" timestamp (3) with time zone,
	"authorized_by" text,
	"access_token" "bytea",
	"access_token_until" timestamp (3) with time zone,
	"refresh_at" timestamp (3) with time zone,
	"refresh_token" "bytea",
	"refresh_token_until" timestamp (3) with time zone,
	"refresh_failures" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "oauth2_request" (
	"state_hash" text PRIMARY KEY NOT NULL,
	"credential" text NOT NULL,
	"session_id" text NOT NULL,
	"redirect_url" text NOT NULL,
	"code_verifier" "bytea" NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trusted_certificate" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"pem" text NOT NULL,
	"deployed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deployed_by" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credential" ALTER COLUMN "secret" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "kind" text DEFAULT 'user' NOT NULL;--> statement-breakpoint
ALTER TABLE "oauth2_credential" ADD CONSTRAINT "oauth2_credential_name_credential_name_fk" FOREIGN KEY ("name") REFERENCES "public"."credential"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth2_request" ADD CONSTRAINT "oauth2_request_credential_credential_name_fk" FOREIGN KEY ("credential") REFERENCES "public"."credential"("name") ON DELETE cascade ON UPDATE no action;