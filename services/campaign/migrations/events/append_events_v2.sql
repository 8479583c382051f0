-- Writes one group of requests (items) in one transaction and says what became of each.
--
-- Items are numbered from 1. `wave_of` has the wave of each: items that touch the same stream, key, answer or campaign
-- state are in different waves, which are written one after another, so each sees what those before it left.
-- Events (e_), open campaigns needed (o_), claims (c_), answers (a_) and mails to hand over (n_) name their item.
-- Campaigns are named by their place in `campaign_ids`. `rare` holds what few items have, as JSON.
--
-- Every look at a table is by its index, row after row, whatever the planner holds of the table's size: a plan is kept
-- for as long as the connection, and a table may have been empty when it was made. Hence LIMIT 1 and max().
--
-- positions, log_indexes: one for each event, null where its item was refused. refusals: one object for each refused
-- item. Positions are given under a lock that is held until the commit is durable: they have no holes, and whoever
-- sees one sees all before it.
CREATE OR REPLACE FUNCTION append_events(
  wave_of int[], campaign_ids bytea[],
  e_item int[], e_first int[], e_stream bytea[], e_version int[], e_campaign int[], e_topic text[], e_state bytea[],
  e_correlation text[], e_key bigint[], e_blob bytea[],
  o_item int[], o_campaign int[],
  c_item int[], c_key bytea[], c_scope bytea[], c_kind int[], c_owner bytea[],
  a_item int[], a_scope text[], a_key text[], a_digest bytea[], a_body bytea[], a_at bigint[],
  n_item int[], n_taken int[], n_id bytea[], n_at bigint[], n_kind text[], n_campaign bytea[], n_subject bytea[],
  n_key bigint[], n_body bytea[],
  rare jsonb,
  OUT positions bigint[], OUT log_indexes bigint[], OUT refusals jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
  head bigint;
  before bigint;
  waves int := (SELECT max(w) FROM unnest(wave_of) w);
  nos bigint[];
  sizes bigint[];
  states text[];
  refused int[];
  taken_item int[];
  taken_owner bytea[];
  found jsonb;
  place bigint[];
  index_at bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock(4846226611);
  SELECT coalesce(max(notification_id), 0) INTO head FROM stored_events;
  before := head;
  FOR wave IN 1..waves LOOP
    SELECT array_agg(c.campaign_no ORDER BY g.at), array_agg(coalesce(c.size, 0) ORDER BY g.at),
           array_agg(coalesce(c.state, 'unknown') ORDER BY g.at)
      INTO nos, sizes, states
      FROM unnest(campaign_ids) WITH ORDINALITY AS g(campaign, at) LEFT JOIN campaigns c USING (campaign);

    -- what refuses an item: for each the first reason
    SELECT coalesce(array_agg(item), '{}'), array_agg(item) FILTER (WHERE code = 5),
           array_agg(who) FILTER (WHERE code = 5),
           jsonb_agg(jsonb_build_object('item', item, 'code', code, 'number', number, 'who', encode(who, 'hex'),
             'words', words, 'digest', encode(digest, 'hex'), 'body', encode(body, 'hex')))
      INTO refused, taken_item, taken_owner, found
      FROM (
        SELECT DISTINCT ON (item) * FROM (
          SELECT e.item, 1 AS code, 0::bigint AS at, e.version::bigint AS number, e.stream AS who, NULL::text AS words,
                 NULL::bytea AS digest, NULL::bytea AS body
            FROM unnest(e_item, e_first, e_stream, e_version) AS e(item, first, stream, version)
           WHERE e.first = 1 AND wave_of[e.item] = wave AND e.version <> 1 + coalesce((
                 SELECT max(s.originator_version) FROM stored_events s WHERE s.originator_id = e.stream), 0)
          UNION ALL
          SELECT o.item, 2, 0, NULL, campaign_ids[o.campaign], states[o.campaign], NULL, NULL
            FROM unnest(o_item, o_campaign) AS o(item, campaign)
           WHERE wave_of[o.item] = wave AND states[o.campaign] <> 'open'
          UNION ALL
          SELECT r.item, 3, 0, NULL, x.subject, NULL, NULL, NULL
            FROM jsonb_to_recordset(rare -> 'relies') AS r(item int, subject text), LATERAL (
                 SELECT x.subject FROM erasures x WHERE x.subject = decode(r.subject, 'hex') LIMIT 1) AS x
           WHERE wave_of[r.item] = wave
          UNION ALL
          SELECT a.item, 4, 0, i.created_at, NULL, NULL, i.digest, i.answer
            FROM unnest(a_item, a_scope, a_key) AS a(item, scope, key), LATERAL (
                 SELECT * FROM idempotency i WHERE i.scope = a.scope AND i.key = a.key LIMIT 1) AS i
           WHERE wave_of[a.item] = wave
          UNION ALL
          SELECT c.item, 5, c.at, c.kind, u.owner, NULL, NULL, NULL
            FROM unnest(c_item, c_key, c_scope, c_kind, c_owner) WITH ORDINALITY
                 AS c(item, key, scope, kind, owner, at), LATERAL (
                 SELECT * FROM unique_keys u WHERE u.key = c.key AND u.scope = c.scope AND u.kind = c.kind LIMIT 1) AS u
           WHERE wave_of[c.item] = wave AND u.owner <> c.owner AND NOT EXISTS (
                 SELECT FROM jsonb_to_recordset(rare -> 'releases')
                          AS r(item int, key text, scope text, kind int, owner text)
                  WHERE r.item = c.item AND r.kind = c.kind AND decode(r.key, 'hex') = c.key
                    AND decode(r.scope, 'hex') = c.scope AND decode(r.owner, 'hex') = u.owner)
        ) AS reasons ORDER BY item, code, at
      ) AS first_reasons;
    refusals := coalesce(refusals, '[]') || coalesce(found, '[]');

    -- a campaign's row is made with its first event
    IF array_position(nos, NULL) IS NOT NULL THEN
      INSERT INTO campaigns(campaign, size, state)
        SELECT DISTINCT campaign_ids[e.campaign], 0, 'draft' FROM unnest(e_item, e_campaign) AS e(item, campaign)
         WHERE nos[e.campaign] IS NULL AND wave_of[e.item] = wave AND e.item <> ALL (refused);
      SELECT array_agg(c.campaign_no ORDER BY g.at) INTO nos
        FROM unnest(campaign_ids) WITH ORDINALITY AS g(campaign, at) LEFT JOIN campaigns c USING (campaign);
    END IF;

    SELECT array_agg(CASE WHEN good THEN head + nth END ORDER BY at),
           array_agg(CASE WHEN good THEN sizes[campaign] + nth_there - 1 END ORDER BY at),
           head + count(*) FILTER (WHERE good)
      INTO place, index_at, head
      FROM (SELECT at, campaign, good, row_number() OVER (PARTITION BY good ORDER BY at) AS nth,
                   row_number() OVER (PARTITION BY good, campaign ORDER BY at) AS nth_there
              FROM (SELECT e.at, e.campaign, wave_of[e.item] = wave AND e.item <> ALL (refused) AS good
                      FROM unnest(e_item, e_campaign) WITH ORDINALITY AS e(item, campaign, at)) AS judged) AS numbered;

    INSERT INTO stored_events
      SELECT e.place, e.stream, e.version, nos[e.campaign], e.index_at, e.topic, e.state, e.correlation
        FROM unnest(place, index_at, e_stream, e_version, e_campaign, e_topic, e_state, e_correlation)
             AS e(place, index_at, stream, version, campaign, topic, state, correlation)
       WHERE e.place IS NOT NULL;
    INSERT INTO sealed
      SELECT e.place, e.key, e.blob FROM unnest(place, e_key, e_blob) AS e(place, key, blob)
       WHERE e.place IS NOT NULL AND e.key IS NOT NULL;
    UPDATE campaigns c SET size = c.size + n.more
      FROM (SELECT e.campaign, count(*) AS more FROM unnest(place, e_campaign) AS e(place, campaign)
             WHERE e.place IS NOT NULL GROUP BY 1) AS n
     WHERE c.campaign_no = nos[n.campaign];

    IF rare ? 'releases' THEN
      DELETE FROM unique_keys u
        USING jsonb_to_recordset(rare -> 'releases') AS r(item int, key text, scope text, kind int, owner text)
       WHERE wave_of[r.item] = wave AND r.item <> ALL (refused) AND u.key = decode(r.key, 'hex')
         AND u.scope = decode(r.scope, 'hex') AND u.kind = r.kind AND u.owner = decode(r.owner, 'hex');
    END IF;
    IF cardinality(c_item) > 0 THEN
      INSERT INTO unique_keys
        SELECT c.key, c.scope, c.kind, c.owner
          FROM unnest(c_item, c_key, c_scope, c_kind, c_owner) AS c(item, key, scope, kind, owner)
         WHERE wave_of[c.item] = wave AND c.item <> ALL (refused)
        ON CONFLICT DO NOTHING;
    END IF;

    -- an item refused because its key is taken leaves its mail to the key's owner, and with it the answer given
    IF 0 = ANY (n_taken) OR taken_item IS NOT NULL THEN
      INSERT INTO handover(id, created_at, kind, campaign, subject, key_id, body)
        SELECT n.id, n.at, n.kind, n.campaign, coalesce(n.subject, taken_owner[array_position(taken_item, n.item)]),
               n.key, n.body
          FROM unnest(n_item, n_taken, n_id, n_at, n_kind, n_campaign, n_subject, n_key, n_body)
               AS n(item, taken, id, at, kind, campaign, subject, key, body)
         WHERE wave_of[n.item] = wave
           AND CASE n.taken WHEN 1 THEN n.item = ANY (taken_item) ELSE n.item <> ALL (refused) END
        ON CONFLICT DO NOTHING;
    END IF;
    IF cardinality(a_item) > 0 THEN
      INSERT INTO idempotency(scope, key, digest, answer, created_at)
        SELECT a.scope, a.key, a.digest, a.body, a.at
          FROM unnest(a_item, a_scope, a_key, a_digest, a_body, a_at) AS a(item, scope, key, digest, body, at)
         WHERE wave_of[a.item] = wave AND (a.item <> ALL (refused) OR a.item = ANY (taken_item) AND EXISTS (
               SELECT FROM unnest(n_item, n_taken) AS n(item, taken) WHERE n.item = a.item AND n.taken = 1));
    END IF;

    IF rare ? 'words' THEN
      INSERT INTO content
        SELECT place[w.event], decode(w.id, 'hex'), w.words
          FROM jsonb_to_recordset(rare -> 'words') AS w(event int, id text, words text)
         WHERE place[w.event] IS NOT NULL;
    END IF;
    IF rare ? 'effects' THEN
      UPDATE campaigns c SET state = s.state
        FROM (SELECT DISTINCT ON (campaign) e_campaign[f.event] AS campaign, f.state
                FROM jsonb_to_recordset(rare -> 'effects') AS f(event int, state text)
               WHERE f.state IS NOT NULL AND place[f.event] IS NOT NULL ORDER BY campaign, f.event DESC) AS s
       WHERE c.campaign_no = nos[s.campaign];
      INSERT INTO erasures
        SELECT e_stream[f.event], campaign_ids[e_campaign[f.event]], f.erased, f.highest, 0
          FROM jsonb_to_recordset(rare -> 'effects') AS f(event int, erased text, highest bigint)
         WHERE f.erased IS NOT NULL AND place[f.event] IS NOT NULL
        ON CONFLICT DO NOTHING;
      UPDATE erasures x SET done = 1
        FROM jsonb_to_recordset(rare -> 'effects') AS f(event int, completed boolean)
       WHERE f.completed AND place[f.event] IS NOT NULL AND x.subject = e_stream[f.event];
      DELETE FROM content t
        USING jsonb_to_recordset(rare -> 'effects') AS f(event int, removed text)
       WHERE place[f.event] IS NOT NULL AND t.event_id = decode(f.removed, 'hex');
    END IF;

    IF wave = 1 THEN
      positions := place;
      log_indexes := index_at;
    ELSE
      SELECT array_agg(coalesce(p.a, p.b) ORDER BY p.at), array_agg(coalesce(p.c, p.d) ORDER BY p.at)
        INTO positions, log_indexes
        FROM unnest(positions, place, log_indexes, index_at) WITH ORDINALITY AS p(a, b, c, d, at);
    END IF;
  END LOOP;
  IF head > before THEN
    PERFORM pg_notify('campaign_log', head::text);
  END IF;
END $$
