-- Cuts message_log, run_step and effect into days by id (docs/adr/0015). What is there stays in its place as the partition "former", whose ids
-- tell no time; days are added by the workers (server/storage/log-partitions.ts), and what no day covers goes to the partition "default".
ALTER TABLE "effect" DROP CONSTRAINT "effect_message_id_message_log_id_fk";
--> statement-breakpoint
ALTER TABLE "run_step" DROP CONSTRAINT "run_step_message_id_message_log_id_fk";
--> statement-breakpoint
ALTER TABLE "message_log" ADD COLUMN "repeated_by" uuid;
--> statement-breakpoint
UPDATE message_log m SET repeated_by = r.id
  FROM (SELECT DISTINCT ON (repeat_of) repeat_of, id FROM message_log WHERE repeat_of IS NOT NULL ORDER BY repeat_of, received_at DESC) r
 WHERE m.id = r.repeat_of;
--> statement-breakpoint
-- One random id in 64 reads as a time before the year 2109. It gets another first digit, wherever it is named, so that it is not taken for one.
CREATE TEMPORARY TABLE renamed_message AS
  SELECT id AS was, ('f' || substr(id::text, 2))::uuid AS id FROM message_log WHERE id < '04000000-0000-0000-0000-000000000000';
--> statement-breakpoint
UPDATE message_log m SET id = n.id FROM renamed_message n WHERE m.id = n.was;
--> statement-breakpoint
UPDATE message_log m SET repeat_of = n.id FROM renamed_message n WHERE m.repeat_of = n.was;
--> statement-breakpoint
UPDATE message_log m SET repeated_by = n.id FROM renamed_message n WHERE m.repeated_by = n.was;
--> statement-breakpoint
UPDATE run_step s SET message_id = n.id FROM renamed_message n WHERE s.message_id = n.was;
--> statement-breakpoint
UPDATE effect e SET message_id = n.id FROM renamed_message n WHERE e.message_id = n.was;
--> statement-breakpoint
UPDATE ledger l SET message_id = n.id FROM renamed_message n WHERE l.message_id = n.was;
--> statement-breakpoint
UPDATE quarantine q SET message_id = n.id FROM renamed_message n WHERE q.message_id = n.was;
--> statement-breakpoint
DO $$ BEGIN
  IF to_regclass('pgboss.job') IS NOT NULL THEN
    UPDATE pgboss.job j SET data = jsonb_set(j.data, '{messageId}', to_jsonb(n.id)) FROM renamed_message n WHERE j.data->>'messageId' = n.was::text;
  END IF;
END $$;
--> statement-breakpoint
DROP TABLE renamed_message;
--> statement-breakpoint
ALTER TABLE "message_log" ADD CONSTRAINT "message_id_tells_arrival" CHECK (id >= '04000000-0000-0000-0000-000000000000' or (extract(epoch from received_at) * 1000)::bigint = ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint);
--> statement-breakpoint
DROP INDEX "message_repeat";
--> statement-breakpoint
DROP INDEX "message_count";
--> statement-breakpoint
ALTER TABLE "message_log" RENAME TO "message_log_former";
--> statement-breakpoint
ALTER TABLE "message_log_former" RENAME CONSTRAINT "message_log_pkey" TO "message_log_former_pkey";
--> statement-breakpoint
ALTER INDEX "message_open" RENAME TO "message_log_former_open";
--> statement-breakpoint
ALTER INDEX "message_in_line" RENAME TO "message_log_former_in_line";
--> statement-breakpoint
ALTER INDEX "message_newest" RENAME TO "message_log_former_newest";
--> statement-breakpoint
ALTER INDEX "message_of_flow" RENAME TO "message_log_former_of_flow";
--> statement-breakpoint
ALTER INDEX "message_status" RENAME TO "message_log_former_status";
--> statement-breakpoint
ALTER INDEX "message_raw" RENAME TO "message_log_former_raw";
--> statement-breakpoint
CREATE TABLE "message_log" (LIKE "message_log_former" INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "message_log" ADD CONSTRAINT "message_log_pkey" PRIMARY KEY ("id");
--> statement-breakpoint
CREATE INDEX "message_open" ON "message_log" USING btree ("channel_id") WHERE status = 'PROCESSING';
--> statement-breakpoint
CREATE INDEX "message_in_line" ON "message_log" USING btree ("channel_id","line") WHERE line is not null and status in ('PROCESSING', 'RETRY');
--> statement-breakpoint
CREATE INDEX "message_newest" ON "message_log" USING btree ("received_at" DESC NULLS LAST,"id" DESC NULLS LAST);
--> statement-breakpoint
CREATE INDEX "message_of_flow" ON "message_log" USING btree ("flow_id","received_at" DESC NULLS LAST,"id" DESC NULLS LAST);
--> statement-breakpoint
CREATE INDEX "message_status" ON "message_log" USING btree ("status","received_at" DESC NULLS LAST,"id" DESC NULLS LAST);
--> statement-breakpoint
CREATE INDEX "message_raw" ON "message_log" USING btree ("raw_hash");
--> statement-breakpoint
ALTER TABLE "message_log" ATTACH PARTITION "message_log_former" FOR VALUES FROM ('04000000-0000-0000-0000-000000000000') TO (MAXVALUE);
--> statement-breakpoint
CREATE TABLE "message_log_default" PARTITION OF "message_log" DEFAULT;
--> statement-breakpoint
ALTER TABLE "run_step" RENAME TO "run_step_former";
--> statement-breakpoint
ALTER TABLE "run_step_former" RENAME CONSTRAINT "run_step_message_id_attempt_position_pk" TO "run_step_former_pkey";
--> statement-breakpoint
CREATE TABLE "run_step" (LIKE "run_step_former" INCLUDING DEFAULTS) PARTITION BY RANGE ("message_id");
--> statement-breakpoint
ALTER TABLE "run_step" ADD CONSTRAINT "run_step_message_id_attempt_position_pk" PRIMARY KEY ("message_id","attempt","position");
--> statement-breakpoint
ALTER TABLE "run_step" ATTACH PARTITION "run_step_former" FOR VALUES FROM ('04000000-0000-0000-0000-000000000000') TO (MAXVALUE);
--> statement-breakpoint
CREATE TABLE "run_step_default" PARTITION OF "run_step" DEFAULT;
--> statement-breakpoint
ALTER TABLE "effect" RENAME TO "effect_former";
--> statement-breakpoint
ALTER TABLE "effect_former" RENAME CONSTRAINT "effect_message_id_path_pk" TO "effect_former_pkey";
--> statement-breakpoint
CREATE TABLE "effect" (LIKE "effect_former" INCLUDING DEFAULTS) PARTITION BY RANGE ("message_id");
--> statement-breakpoint
ALTER TABLE "effect" ADD CONSTRAINT "effect_message_id_path_pk" PRIMARY KEY ("message_id","path");
--> statement-breakpoint
ALTER TABLE "effect" ATTACH PARTITION "effect_former" FOR VALUES FROM ('04000000-0000-0000-0000-000000000000') TO (MAXVALUE);
--> statement-breakpoint
CREATE TABLE "effect_default" PARTITION OF "effect" DEFAULT;
--> statement-breakpoint
CREATE TABLE "message_change" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"flow_id" uuid NOT NULL,
	"status" text NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"change" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "message_count" (
	"hour" timestamp (3) with time zone NOT NULL,
	"flow_id" uuid NOT NULL,
	"status" text NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "message_count_hour_flow_id_status_pk" PRIMARY KEY("hour","flow_id","status")
);
--> statement-breakpoint
CREATE TABLE "message_total" (
	"flow_id" uuid NOT NULL,
	"status" text NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "message_total_flow_id_status_pk" PRIMARY KEY("flow_id","status")
);
--> statement-breakpoint
CREATE INDEX "message_count_open" ON "message_count" USING btree ("hour") WHERE status in ('PROCESSING', 'RETRY') and count > 0;
--> statement-breakpoint
INSERT INTO message_count (hour, flow_id, status, count)
  SELECT date_bin('1 hour', received_at, 'epoch'), flow_id, status, count(*) FROM message_log GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO message_total (flow_id, status, count) SELECT flow_id, status, sum(count) FROM message_count GROUP BY 1, 2;
--> statement-breakpoint
-- The counts follow in the transaction of every change, whoever makes it; nobody waits, since lines are only added.
CREATE FUNCTION count_added_messages() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO message_change (flow_id, status, hour, change)
    SELECT flow_id, status, date_bin('1 hour', received_at, 'epoch'), count(*) FROM added GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION count_removed_messages() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO message_change (flow_id, status, hour, change)
    SELECT flow_id, status, date_bin('1 hour', received_at, 'epoch'), -count(*) FROM removed GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION count_changed_messages() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO message_change (flow_id, status, hour, change)
    SELECT flow_id, status, hour, sum(change)
      FROM (SELECT flow_id, status, date_bin('1 hour', received_at, 'epoch') AS hour, -1 AS change FROM removed
            UNION ALL SELECT flow_id, status, date_bin('1 hour', received_at, 'epoch'), 1 FROM added) c
     GROUP BY 1, 2, 3 HAVING sum(change) <> 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER message_added AFTER INSERT ON message_log REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_added_messages();
--> statement-breakpoint
CREATE TRIGGER message_removed AFTER DELETE ON message_log REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_removed_messages();
--> statement-breakpoint
CREATE TRIGGER message_changed AFTER UPDATE ON message_log REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_changed_messages();

--> statement-breakpoint
-- What people search, in lower case. ICU knows more letters than the locale C of the embedded database does; a server without ICU does without.
DO $$
DECLARE
  lower_case text := CASE WHEN EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu') THEN 'lower(%s COLLATE pg_catalog."und-x-icu")' ELSE 'lower(%s)' END;
  -- Words end at punctuation, so that the parts of addresses and Message-IDs are words; the parser alone takes "ada@example.com" for one.
  punctuation text := $t$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~„“”‚‘’«»–—…·•$t$;
BEGIN
  EXECUTE format('CREATE FUNCTION message_text(subject text, sender text, recipient text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
    'SELECT ' || format(lower_case, '(subject || '' '' || sender || '' '' || recipient)'));
  EXECUTE format('CREATE FUNCTION message_words(subject text, sender text, recipient text, mail_message_id text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
    format('SELECT to_tsvector(''pg_catalog.simple''::regconfig, translate(%s, %L, %L))',
      format(lower_case, '(subject || '' '' || sender || '' '' || recipient || '' '' || mail_message_id)'), punctuation, repeat(' ', length(punctuation))));
END $$;
--> statement-breakpoint
CREATE INDEX "message_search_words" ON "message_log" USING gin (message_words("subject", "from", "to", "mail_message_id"));
--> statement-breakpoint
-- Parts of words need the extension pg_trgm, which comes with PostgreSQL, but which not everybody may create: only words are searched then.
DO $$
DECLARE
  place text;
BEGIN
  BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
  EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'pg_trgm: %', SQLERRM;
  END;
  SELECT n.nspname INTO place FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE o.opcname = 'gin_trgm_ops';
  IF place IS NOT NULL THEN
    EXECUTE format('CREATE INDEX message_search_text ON message_log USING gin (message_text(subject, "from", "to") %I.gin_trgm_ops)', place);
  END IF;
END $$;
