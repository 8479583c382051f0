-- Writes one group of newcomers in one transaction, as `append_events` would, with a third of its work.
--
-- A newcomer begins a stream of its own in an open campaign, under one key that nobody may hold yet, and does nothing
-- else; all of a group do so in the same campaign, and no two of them want the same key. The arrays have one element
-- for each: the event (e_), the key claimed (c_) and the mail to its owner if it is taken (n_; none without `mail`).
--
-- head, size: where the log and the campaign's own log ended before; those stored follow one another from there.
-- taken, owners: which of them (from 1) are not stored because another holds their key, and who. All are null and
-- nothing is written where `append_events` has to decide: the campaign is not open, a stream of a refused one exists.
-- A stream that exists otherwise breaks the table's own rule, and with it the call.
CREATE FUNCTION append_newcomers(
  into_campaign bytea, event_topic text, claim_kind int, mail text,
  e_stream bytea[], e_state bytea[], e_correlation text[], e_key bigint[], e_blob bytea[], c_key bytea[],
  n_id bytea[], n_at bigint[], n_body bytea[],
  OUT head bigint, OUT size bigint, OUT taken bigint[], OUT owners bytea[])
LANGUAGE plpgsql
AS $$
DECLARE
  no bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(4846226611);
  SELECT c.campaign_no, c.size INTO no, size FROM campaigns c WHERE c.campaign = into_campaign AND c.state = 'open';
  IF no IS NULL THEN
    RETURN;
  END IF;
  SELECT array_agg(c.at ORDER BY c.at), array_agg(u.owner ORDER BY c.at) INTO taken, owners
    FROM unnest(c_key, e_stream) WITH ORDINALITY AS c(key, owner, at), LATERAL (
         SELECT u.owner FROM unique_keys u
          WHERE u.key = c.key AND u.scope = into_campaign AND u.kind = claim_kind LIMIT 1) AS u
   WHERE u.owner <> c.owner;

  IF taken IS NOT NULL THEN
    IF EXISTS (SELECT FROM unnest(taken) AS t(at) WHERE (
                 SELECT true FROM stored_events s
                  WHERE s.originator_id = e_stream[t.at] AND s.originator_version = 1)) THEN
      size := NULL;
      taken := NULL;
      owners := NULL;
      RETURN;
    END IF;
    IF mail IS NOT NULL THEN
      INSERT INTO handover(id, created_at, kind, campaign, subject, key_id, body)
        SELECT n_id[t.at], n_at[t.at], mail, into_campaign, t.owner, e_key[t.at], n_body[t.at]
          FROM unnest(taken, owners) AS t(at, owner)
        ON CONFLICT DO NOTHING;
    END IF;
    SELECT array_agg(e.stream ORDER BY e.at), array_agg(e.state ORDER BY e.at), array_agg(e.correlation ORDER BY e.at),
           array_agg(e.key ORDER BY e.at), array_agg(e.blob ORDER BY e.at), array_agg(e.claim ORDER BY e.at)
      INTO e_stream, e_state, e_correlation, e_key, e_blob, c_key
      FROM unnest(e_stream, e_state, e_correlation, e_key, e_blob, c_key) WITH ORDINALITY
           AS e(stream, state, correlation, key, blob, claim, at)
     WHERE e.at <> ALL (taken);
  END IF;

  SELECT coalesce(max(notification_id), 0) INTO head FROM stored_events;
  IF e_stream IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO stored_events
    SELECT head + e.at, e.stream, 1, no, size + e.at - 1, event_topic, e.state, e.correlation
      FROM unnest(e_stream, e_state, e_correlation) WITH ORDINALITY AS e(stream, state, correlation, at);
  INSERT INTO sealed
    SELECT head + e.at, e.key, e.blob FROM unnest(e_key, e_blob) WITH ORDINALITY AS e(key, blob, at);
  INSERT INTO unique_keys
    SELECT c.key, into_campaign, claim_kind, c.owner FROM unnest(c_key, e_stream) AS c(key, owner);
  UPDATE campaigns c SET size = c.size + cardinality(e_stream) WHERE c.campaign_no = no;
  PERFORM pg_notify('campaign_log', (head + cardinality(e_stream))::text);
END $$
