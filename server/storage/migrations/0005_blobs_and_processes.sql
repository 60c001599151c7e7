CREATE TABLE "blob_chunk" (
	"content" uuid NOT NULL,
	"number" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "blob_chunk_content_number_pk" PRIMARY KEY("content","number")
);
--> statement-breakpoint
CREATE TABLE "blob_content" (
	"hash" text PRIMARY KEY NOT NULL,
	"content" uuid NOT NULL,
	"size_bytes" bigint NOT NULL,
	"put_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "blob_upload" (
	"content" uuid PRIMARY KEY NOT NULL,
	"begun_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "process" (
	"id" uuid PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"machine" text NOT NULL,
	"pid" integer NOT NULL,
	"role" text NOT NULL,
	"version" text NOT NULL,
	"blobs" text NOT NULL,
	"key_check" text NOT NULL,
	"mark" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"is_stopping" boolean DEFAULT false NOT NULL,
	"polls" integer DEFAULT 0 NOT NULL,
	"exchanges" integer DEFAULT 0 NOT NULL,
	"standing" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX "blob_upload_begun" ON "blob_upload" USING btree ("begun_at");--> statement-breakpoint
CREATE INDEX "process_seen" ON "process" USING btree ("seen_at");