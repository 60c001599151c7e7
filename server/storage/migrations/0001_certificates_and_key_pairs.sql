CREATE TABLE "key_pair" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"pem" text NOT NULL,
	"private_key" "bytea" NOT NULL,
	"deployed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deployed_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trusted_certificate" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"pem" text NOT NULL,
	"deployed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deployed_by" text NOT NULL
);
