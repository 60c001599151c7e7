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
-- Each table becomes the partition "former" of a new one, which gets every index that it has.
DO $$
DECLARE
  part record;
  found record;
BEGIN
  FOR part IN SELECT * FROM (VALUES ('message_log', 'id'), ('run_step', 'message_id'), ('effect', 'message_id')) AS p(name, key) LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part.name, part.name || '_former');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (%I)', part.name, part.name || '_former', part.key);
    FOR found IN
      SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, pg_get_constraintdef(k.oid) AS key
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype = 'p'
       WHERE i.indrelid = (part.name || '_former')::regclass
    LOOP
      EXECUTE format('ALTER INDEX %I RENAME TO %I', found.name, found.name || '_former');
      IF found.key IS NULL THEN
        EXECUTE replace(found.definition, part.name || '_former USING', part.name || ' USING');
      ELSE
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', part.name, found.name, found.key);
      END IF;
    END LOOP;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (''04000000-0000-0000-0000-000000000000'') TO (MAXVALUE)', part.name, part.name || '_former');
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', part.name || '_default', part.name);
  END LOOP;
END $$;
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
-- What people search, in lower case. ICU knows more letters than the locale C of the embedded database does; a server without ICU does without.
DO $$ BEGIN
  EXECUTE format('CREATE FUNCTION message_text(subject text, sender text, recipient text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
    format('SELECT lower((subject || '' '' || sender || '' '' || recipient)%s)',
      CASE WHEN EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu') THEN ' COLLATE pg_catalog."und-x-icu"' ELSE '' END));
END $$;
--> statement-breakpoint
-- Marks that hold words together for the parser end them here, so that the parts of addresses, Message-IDs and file names are words.
CREATE FUNCTION message_words(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('pg_catalog.simple'::regconfig, translate(words, '<>@._-/+:~&', '           '))
$$;
--> statement-breakpoint
-- A table of its own, since a row of the log is written several times and its indexes with it, and what is searched never changes.
CREATE TABLE "message_search" (
	"id" uuid PRIMARY KEY NOT NULL,
	"flow_id" uuid NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"words" "tsvector" NOT NULL,
	"text" text NOT NULL
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "message_search_former" PARTITION OF "message_search" FOR VALUES FROM ('04000000-0000-0000-0000-000000000000') TO (MAXVALUE);
--> statement-breakpoint
CREATE TABLE "message_search_default" PARTITION OF "message_search" DEFAULT;
--> statement-breakpoint
INSERT INTO message_search (id, flow_id, received_at, words, text)
  SELECT id, flow_id, received_at, message_words(t.text || ' ' || lower(mail_message_id)), t.text
    FROM message_log, LATERAL (SELECT message_text(subject, "from", "to") AS text) t;
--> statement-breakpoint
CREATE INDEX "message_search_newest" ON "message_search" USING btree ("received_at" DESC NULLS LAST,"id" DESC NULLS LAST);
--> statement-breakpoint
-- Intake only notes its entries down; workers sort them in every few seconds (sortIn), before a search has to read many of them one by one.
CREATE INDEX "message_search_words" ON "message_search" USING gin ("words") WITH (gin_pending_list_limit = 8192);
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
    EXECUTE format('CREATE INDEX message_search_text ON message_search USING gin (text %I.gin_trgm_ops) WITH (gin_pending_list_limit = 8192)', place);
  END IF;
END $$;
--> statement-breakpoint
-- The counts follow in the transaction of every change, whoever makes it; nobody waits, since lines are only added.
CREATE FUNCTION enter_added_messages() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO message_change (flow_id, status, hour, change)
    SELECT flow_id, status, date_bin('1 hour', received_at, 'epoch'), count(*) FROM added GROUP BY 1, 2, 3;
  INSERT INTO message_search (id, flow_id, received_at, words, text)
    SELECT id, flow_id, received_at, message_words(t.text || ' ' || lower(mail_message_id)), t.text
      FROM added, LATERAL (SELECT message_text(subject, "from", "to") AS text) t;
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
CREATE TRIGGER message_added AFTER INSERT ON message_log REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION enter_added_messages();
--> statement-breakpoint
CREATE TRIGGER message_removed AFTER DELETE ON message_log REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_removed_messages();
--> statement-breakpoint
CREATE TRIGGER message_changed AFTER UPDATE ON message_log REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_changed_messages();
