ALTER TABLE "oauth2_credential" ADD COLUMN "audience" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "oauth2_credential" ADD COLUMN "resource" text DEFAULT '' NOT NULL;