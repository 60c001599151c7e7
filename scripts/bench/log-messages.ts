/** Messages as a company of some size gets them, made by the database. */

/** The first ones in every third subject, the last ones in few. */
export const words =
  `invoice order delivery confirmation request offer meeting report update payment reminder contract shipment ticket question complaint newsletter
   invitation application document schedule project customer supplier warehouse budget holiday training security password account statement receipt
   refund return warranty pump valve bearing gasket motor sensor cable rechnung bestellung lieferung angebot mahnung übersicht zahlung gutschrift
   monthly weekly urgent final draft revised signed approved rejected pending Hamburg Berlin Paris Lyon Madrid Porto Oslo Bergen Graz Basel Prague`.split(
    /\s+/,
  );

const word = `w[1 + floor(power(random(), 2.5) * array_length(w, 1))::int]`;

/**
 * Statement: the messages of one day, three in four of them in the ten hours of business.
 * $1 start of the day, $2 how many, $3 flow ids, the first of which get most, $4 none arrives later.
 */
export const messagesOfDay = `
  with given as materialized (
    select $1::timestamptz + floor(case when random() < 0.75 then 25200000 + random() * 36000000 else random() * 86399999 end)::int * interval '1 ms' as at,
           ($3::uuid[])[1 + floor(power(random(), 2) * array_length($3::uuid[], 1))::int] as flow, random() as luck, floor(random() * 5000)::int as person,
           md5(random()::text) as r, ${sqlArray(words)} as w
      from generate_series(1, $2::int)),
  made as materialized (
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid as id, at, flow, r, person,
           case when luck < 0.955 then 'COMPLETED' when luck < 0.975 then 'FAILED' when luck < 0.988 then 'DISCARDED' when luck < 0.994 then 'ESCALATED'
                when luck < 0.999 or at < $4::timestamptz - interval '1 hour' then 'CANCELLED' when luck < 0.9995 then 'RETRY' else 'PROCESSING' end as status,
           case floor(random() * 3)::int when 0 then 'Re: ' when 1 then 'AW: ' else '' end || ${word} || ' ' || ${word} || ' '
             || (10000 + floor(random() * 990000))::int || ' ' || ${word} || ' ' || ${word} as subject,
           initcap(${word}) || ' ' || initcap(${word}) || ' <' || substr(md5(person::text), 1, 8) || '@' || substr(md5((person % 400)::text), 1, 6) || '.example>' as sender
      from given where at < $4),
  logged as (
    insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at, ended_at)
    select id, flow, 1, flow, 'mail', status, subject, sender, 'inbox' || person % 20 || '@mailroom.example',
           '<' || r || '@' || substr(md5((person % 400)::text), 1, 6) || '.example>', 2000 + floor(random() * 60000)::int, md5(r) || r, at,
           case when status not in ('RETRY', 'PROCESSING') then at + random() * interval '2 s' end
      from made)
  select count(*) from made`;

/** Statement: four steps of each message since $1, as a flow with two receivers leaves them. */
export const stepsSince = `
  insert into run_step (message_id, attempt, position, node_id, name, type, outcome, started_at, ended_at, summary, edge_id)
  select id, 1, n, 'node' || n, 'Node ' || n, 'filter', case when n = 3 and status = 'FAILED' then 'failed' else 'completed' end,
         received_at, received_at + interval '10 ms', 'passed: 1 of 1 hold', case when n > 0 then 'edge' || n end
    from message_log, generate_series(0, 3) n where received_at >= $1`;

function sqlArray(items: string[]): string {
  return `array[${items.map((item) => `'${item}'`).join(', ')}]`;
}
