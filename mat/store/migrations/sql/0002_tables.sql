-- Frozen: the tables of the panel's work, revision 0002.

CREATE TABLE meeting (
  meeting_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  minutes INTEGER NOT NULL,
  state TEXT NOT NULL,
  confidentiality TEXT NOT NULL,
  called_by UUID NOT NULL,
  chair_id UUID,
  opened_at TIMESTAMP WITH TIME ZONE,
  closed_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_meeting PRIMARY KEY (meeting_id),
  CONSTRAINT ck_meeting_state CHECK (state IN ('planned', 'released', 'open', 'closed', 'cancelled')),
  CONSTRAINT ck_meeting_minutes CHECK (minutes BETWEEN 30 AND 600),
  CONSTRAINT fk_meeting_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_meeting_called_by FOREIGN KEY(called_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_meeting_chair_id FOREIGN KEY(chair_id) REFERENCES app_user (user_id)
);

COMMENT ON TABLE meeting IS 'One row per meeting of a panel.';

CREATE TABLE agenda_item (
  item_id UUID NOT NULL,
  meeting_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  kind TEXT NOT NULL,
  place INTEGER NOT NULL,
  minutes INTEGER NOT NULL,
  state TEXT DEFAULT 'waiting' NOT NULL,
  locked_by UUID,
  locked_at TIMESTAMP WITH TIME ZONE,
  late_reason TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_agenda_item PRIMARY KEY (item_id),
  CONSTRAINT fk_agenda_item_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_agenda_item_kind CHECK (kind IN ('new', 'review')),
  CONSTRAINT ck_agenda_item_state CHECK (state IN ('waiting', 'discussed', 'decided', 'deferred')),
  CONSTRAINT fk_agenda_item_meeting_id FOREIGN KEY(meeting_id) REFERENCES meeting (meeting_id) ON DELETE CASCADE,
  CONSTRAINT fk_agenda_item_locked_by FOREIGN KEY(locked_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_agenda_item_meeting_id ON agenda_item (meeting_id);

CREATE INDEX ix_agenda_item_subject_id ON agenda_item (subject_id);

CREATE UNIQUE INDEX uq_agenda_item ON agenda_item (meeting_id, subject_id);

CREATE UNIQUE INDEX uq_agenda_item_subject ON agenda_item (item_id, subject_id);

COMMENT ON TABLE agenda_item IS 'One row per case on the agenda of a meeting.';

CREATE TABLE blind_judgement (
  judgement_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  cycle DATE NOT NULL,
  concern TEXT NOT NULL,
  reason TEXT NOT NULL,
  judged_by UUID NOT NULL,
  judged_at TIMESTAMP WITH TIME ZONE NOT NULL,
  rank_was_known BOOLEAN NOT NULL,
  CONSTRAINT pk_blind_judgement PRIMARY KEY (judgement_id),
  CONSTRAINT fk_blind_judgement_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_blind_judgement_concern CHECK (concern IN ('high', 'some', 'little', 'cannot_say')),
  CONSTRAINT fk_blind_judgement_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_blind_judgement_judged_by FOREIGN KEY(judged_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_blind_judgement_subject_id ON blind_judgement (subject_id);

CREATE UNIQUE INDEX uq_blind_judgement ON blind_judgement (subject_id, service_id, cycle);

COMMENT ON TABLE blind_judgement IS 'One row per case, agency''s service and cycle: what the service thought before it saw a rank.';

CREATE TABLE capacity (
  capacity_id UUID NOT NULL,
  service_id UUID NOT NULL,
  tier TEXT NOT NULL,
  places INTEGER NOT NULL,
  from_on DATE NOT NULL,
  set_by UUID NOT NULL,
  set_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_capacity PRIMARY KEY (capacity_id),
  CONSTRAINT ck_capacity_places CHECK (places >= 0),
  CONSTRAINT fk_capacity_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_capacity_set_by FOREIGN KEY(set_by) REFERENCES app_user (user_id)
);

CREATE UNIQUE INDEX uq_capacity ON capacity (service_id, tier, from_on);

COMMENT ON TABLE capacity IS 'One row per provider, tier and day from which it has so many places.';

CREATE TABLE hold_owner (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  hold TEXT NOT NULL,
  owner_id UUID,
  taken_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_hold_owner PRIMARY KEY (subject_id, hold),
  CONSTRAINT fk_hold_owner_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_hold_owner_taken_whole CHECK ((owner_id IS NULL) = (taken_at IS NULL)),
  CONSTRAINT fk_hold_owner_owner_id FOREIGN KEY(owner_id) REFERENCES app_user (user_id)
);

COMMENT ON TABLE hold_owner IS 'One row per case and hold that somebody took to work on; without an owner it was given back.';

CREATE TABLE nobody_known (
  statement_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  reason TEXT NOT NULL,
  stated_by UUID NOT NULL,
  stated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  valid_until DATE NOT NULL,
  CONSTRAINT pk_nobody_known PRIMARY KEY (statement_id),
  CONSTRAINT fk_nobody_known_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_nobody_known_stated_by FOREIGN KEY(stated_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_nobody_known_subject_id ON nobody_known (subject_id);

COMMENT ON TABLE nobody_known IS 'One row per statement that no current victim or partner of a subject is known, with how one looked.';

CREATE TABLE nomination (
  nomination_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  source TEXT NOT NULL,
  form_id UUID,
  cycle DATE NOT NULL,
  run_id UUID,
  rank_then INTEGER,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  made_by UUID NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  decided_reason TEXT,
  decided_by UUID,
  decided_at TIMESTAMP WITH TIME ZONE,
  review_on DATE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_nomination PRIMARY KEY (nomination_id),
  CONSTRAINT fk_nomination_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_nomination_source CHECK (source IN ('list', 'partner', 'hold', 'panel')),
  CONSTRAINT ck_nomination_state CHECK (state IN ('received', 'proposed', 'not_now', 'excluded', 'withdrawn', 'adopted')),
  CONSTRAINT ck_nomination_comes_back CHECK (state <> 'not_now' OR review_on IS NOT NULL),
  CONSTRAINT fk_nomination_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_nomination_made_by FOREIGN KEY(made_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_nomination_decided_by FOREIGN KEY(decided_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_nomination_subject_id ON nomination (subject_id);

CREATE UNIQUE INDEX uq_nomination_open ON nomination (subject_id) WHERE state IN ('received', 'proposed');

COMMENT ON TABLE nomination IS 'One row per case and cycle that somebody put forward, with what was decided and why; a person''s act.';

CREATE TABLE nomination_form (
  form_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  forename TEXT,
  surname TEXT,
  birth_date DATE,
  reason TEXT,
  written_by UUID NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  answer TEXT,
  set_aside_why TEXT,
  answered_by UUID,
  answered_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_nomination_form PRIMARY KEY (form_id),
  CONSTRAINT ck_nomination_form_answer CHECK (answer IN ('taken_up', 'set_aside')),
  CONSTRAINT ck_nomination_form_blank_once_answered CHECK ((answer IS NULL) = (surname IS NOT NULL AND reason IS NOT NULL)),
  CONSTRAINT ck_nomination_form_nameless_once_answered CHECK (answer IS NULL OR (forename IS NULL AND birth_date IS NULL)),
  CONSTRAINT ck_nomination_form_set_aside_whole CHECK ((answer = 'set_aside') = (set_aside_why IS NOT NULL)),
  CONSTRAINT fk_nomination_form_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_nomination_form_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_nomination_form_written_by FOREIGN KEY(written_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_nomination_form_answered_by FOREIGN KEY(answered_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_nomination_form_service_id ON nomination_form (service_id);

COMMENT ON TABLE nomination_form IS 'One row per person whom an agency put forward, as it wrote them down until a coordinator looked; then nothing of the person stays on it, and the agency sees that it was taken up, or why not.';

CREATE TABLE panel_case (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  state TEXT NOT NULL,
  lead_user_id UUID,
  adopted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  discharged_at TIMESTAMP WITH TIME ZONE,
  discharge_reason TEXT,
  told TEXT DEFAULT 'undecided' NOT NULL,
  told_on DATE,
  told_by UUID,
  told_what TEXT,
  not_told_why TEXT,
  told_review_on DATE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_panel_case PRIMARY KEY (subject_id),
  CONSTRAINT fk_panel_case_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_panel_case_state CHECK (state IN ('active', 'discharged')),
  CONSTRAINT ck_panel_case_told CHECK (told IN ('undecided', 'told', 'not_to_be_told')),
  CONSTRAINT ck_panel_case_not_told_whole CHECK (told <> 'not_to_be_told' OR (not_told_why IS NOT NULL AND told_review_on IS NOT NULL)),
  CONSTRAINT ck_panel_case_told_whole CHECK (told <> 'told' OR (told_on IS NOT NULL AND told_what IS NOT NULL)),
  CONSTRAINT fk_panel_case_lead_user_id FOREIGN KEY(lead_user_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_panel_case_told_by FOREIGN KEY(told_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE panel_case IS 'One row per case that the panel has adopted: how it stands, and whether the subject has been told.';

CREATE TABLE panel_mark (
  mark_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  kind TEXT NOT NULL,
  run_id UUID NOT NULL,
  as_of DATE NOT NULL,
  model TEXT NOT NULL,
  score DOUBLE PRECISION,
  rank INTEGER,
  without_new_events DOUBLE PRECISION,
  marked_by UUID NOT NULL,
  marked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_panel_mark PRIMARY KEY (mark_id),
  CONSTRAINT fk_panel_mark_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_panel_mark_kind CHECK (kind IN ('entry', 'review', 'exit')),
  CONSTRAINT fk_panel_mark_marked_by FOREIGN KEY(marked_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_panel_mark_subject_id ON panel_mark (subject_id);

COMMENT ON TABLE panel_mark IS 'One row per mark of a case: its score and place at entry, review or exit, beside the score that the entry records alone would give on that day. Null = not on the list, or not known.';

CREATE TABLE referral (
  referral_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  from_service_id UUID NOT NULL,
  service_id UUID NOT NULL,
  pathway TEXT NOT NULL,
  tier TEXT,
  age_band TEXT NOT NULL,
  sex_stream TEXT NOT NULL,
  consented_on DATE NOT NULL,
  reason TEXT NOT NULL,
  partner_contact TEXT DEFAULT 'not_yet' NOT NULL,
  safeguarding_flag BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE,
  closure TEXT,
  share_review_on DATE NOT NULL,
  follows_id UUID,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_referral PRIMARY KEY (referral_id),
  CONSTRAINT fk_referral_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_referral_pathway CHECK (pathway IN ('adult', 'child')),
  CONSTRAINT ck_referral_age_band CHECK (age_band IN ('under_16', '16_17', '18_24', '25_34', '35_44', '45_54', '55_and_over')),
  CONSTRAINT ck_referral_sex_stream CHECK (sex_stream IN ('men', 'women', 'other')),
  CONSTRAINT ck_referral_partner_contact CHECK (partner_contact IN ('not_yet', 'offered', 'taken_up', 'refused')),
  CONSTRAINT ck_referral_state CHECK (state IN ('received', 'triage', 'accepted', 'declined', 'waiting', 'started', 'paused', 'closed')),
  CONSTRAINT ck_referral_closure CHECK (closure IN ('planned', 'unplanned', 'unsuitable', 'transferred', 'consent_withdrawn')),
  CONSTRAINT ck_referral_closed_whole CHECK ((state = 'closed') = (closure IS NOT NULL)),
  CONSTRAINT ck_referral_accepted_to_a_tier CHECK (state IN ('received', 'triage', 'declined') OR tier IS NOT NULL),
  CONSTRAINT ck_referral_partner_first CHECK (started_at IS NULL OR partner_contact <> 'not_yet'),
  CONSTRAINT ck_referral_started_whole CHECK (state NOT IN ('started', 'paused') OR started_at IS NOT NULL),
  CONSTRAINT fk_referral_from_service_id FOREIGN KEY(from_service_id) REFERENCES service (service_id),
  CONSTRAINT fk_referral_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_referral_follows_id FOREIGN KEY(follows_id) REFERENCES referral (referral_id) ON DELETE SET NULL
);

CREATE INDEX ix_referral_follows_id ON referral (follows_id);

CREATE INDEX ix_referral_service_id ON referral (service_id);

CREATE INDEX ix_referral_subject_id ON referral (subject_id);

CREATE UNIQUE INDEX uq_referral_open ON referral (subject_id, service_id, pathway) WHERE state NOT IN ('declined', 'closed');

CREATE UNIQUE INDEX uq_referral_service ON referral (referral_id, subject_id, service_id);

COMMENT ON TABLE referral IS 'One row per referral to a behaviour-change service; the fields a provider triages by, and no identity.';

CREATE TABLE research_request (
  request_id UUID NOT NULL,
  meeting_id UUID,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  question TEXT NOT NULL,
  asked_by UUID NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  due_on DATE NOT NULL,
  state TEXT DEFAULT 'asked' NOT NULL,
  statement_type TEXT,
  answer TEXT,
  withheld_why TEXT,
  answered_by UUID,
  answered_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_research_request PRIMARY KEY (request_id),
  CONSTRAINT fk_research_request_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_research_request_state CHECK (state IN ('asked', 'shared', 'withheld', 'nothing_held', 'withdrawn')),
  CONSTRAINT ck_research_request_withheld_whole CHECK (state <> 'withheld' OR withheld_why IS NOT NULL),
  CONSTRAINT ck_research_request_shared_whole CHECK (state <> 'shared' OR (answer IS NOT NULL AND statement_type IS NOT NULL)),
  CONSTRAINT fk_research_request_meeting_id FOREIGN KEY(meeting_id) REFERENCES meeting (meeting_id) ON DELETE SET NULL,
  CONSTRAINT fk_research_request_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_research_request_asked_by FOREIGN KEY(asked_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_research_request_answered_by FOREIGN KEY(answered_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_research_request_service_id ON research_request (service_id);

CREATE INDEX ix_research_request_subject_id ON research_request (subject_id);

COMMENT ON TABLE research_request IS 'One row per question to a service about a case, and what came back: shared, or withheld with why.';

CREATE TABLE seat (
  seat_id UUID NOT NULL,
  meeting_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  user_id UUID,
  attendance TEXT DEFAULT 'invited' NOT NULL,
  signed_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_seat PRIMARY KEY (seat_id),
  CONSTRAINT ck_seat_attendance CHECK (attendance IN ('invited', 'present', 'apologies', 'absent')),
  CONSTRAINT ck_seat_signed_by_somebody CHECK (signed_at IS NULL OR user_id IS NOT NULL),
  CONSTRAINT fk_seat_meeting_id FOREIGN KEY(meeting_id) REFERENCES meeting (meeting_id) ON DELETE CASCADE,
  CONSTRAINT fk_seat_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_seat_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_seat_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id)
);

CREATE INDEX ix_seat_meeting_id ON seat (meeting_id);

CREATE UNIQUE INDEX uq_seat ON seat (meeting_id, service_id);

COMMENT ON TABLE seat IS 'One row per service invited to a meeting, who came for it, and when they signed the confidentiality statement.';

CREATE TABLE action (
  action_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  item_id UUID,
  code TEXT NOT NULL,
  heading TEXT NOT NULL,
  what TEXT NOT NULL,
  success_test TEXT NOT NULL,
  service_id UUID NOT NULL,
  owner_id UUID,
  was_volunteered BOOLEAN NOT NULL,
  reaches TEXT NOT NULL,
  needs_gate BOOLEAN GENERATED ALWAYS AS (reaches <> 'nothing') STORED NOT NULL,
  needs_address BOOLEAN NOT NULL,
  due_on DATE NOT NULL,
  state TEXT NOT NULL,
  carried_over DATE,
  made_by UUID NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_action PRIMARY KEY (action_id),
  CONSTRAINT fk_action_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_action_heading CHECK (heading IN ('support', 'prevention', 'diversion', 'disruption', 'enforcement')),
  CONSTRAINT ck_action_reaches CHECK (reaches IN ('visit', 'letter', 'disclosure', 'notification', 'nothing')),
  CONSTRAINT ck_action_state CHECK (state IN ('open', 'accepted', 'started', 'blocked', 'done', 'closed')),
  CONSTRAINT fk_action_item_id FOREIGN KEY(item_id) REFERENCES agenda_item (item_id) ON DELETE SET NULL,
  CONSTRAINT fk_action_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_action_owner_id FOREIGN KEY(owner_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_action_made_by FOREIGN KEY(made_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_action_item_id ON action (item_id);

CREATE INDEX ix_action_service_id ON action (service_id);

CREATE INDEX ix_action_subject_id ON action (subject_id);

CREATE UNIQUE INDEX uq_action_service ON action (action_id, subject_id, service_id);

CREATE UNIQUE INDEX uq_action_subject ON action (action_id, subject_id);

COMMENT ON TABLE action IS 'One row per action: what an agency undertook to do about a case, by when, and how one will know.';

CREATE TABLE decision (
  decision_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  item_id UUID NOT NULL,
  heading TEXT NOT NULL,
  content TEXT NOT NULL,
  decided_by UUID NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_decision PRIMARY KEY (decision_id),
  CONSTRAINT fk_decision_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_decision_item_id FOREIGN KEY(item_id, subject_id) REFERENCES agenda_item (item_id, subject_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_decision_heading CHECK (heading IN ('support', 'prevention', 'diversion', 'disruption', 'enforcement', 'discharge', 'no_action')),
  CONSTRAINT fk_decision_decided_by FOREIGN KEY(decided_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_decision_item_id ON decision (item_id);

CREATE INDEX ix_decision_subject_id ON decision (subject_id);

COMMENT ON TABLE decision IS 'One row per decision about a case, under the five headings, or to discharge it, or to do nothing and why.';

CREATE TABLE kept_order (
  order_key UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  kind TEXT NOT NULL,
  order_id TEXT,
  victim_id UUID,
  issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
  served_at TIMESTAMP WITH TIME ZONE,
  expires_at TIMESTAMP WITH TIME ZONE,
  notified_at TIMESTAMP WITH TIME ZONE,
  conditions TEXT[] DEFAULT '{}' NOT NULL,
  state TEXT NOT NULL,
  recorded_by UUID NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_kept_order PRIMARY KEY (order_key),
  CONSTRAINT fk_kept_order_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_kept_order_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT ck_kept_order_state CHECK (state IN ('issued', 'in_force', 'expired', 'discharged', 'refused')),
  CONSTRAINT fk_kept_order_recorded_by FOREIGN KEY(recorded_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_kept_order_subject_id ON kept_order (subject_id);

CREATE UNIQUE INDEX uq_kept_order_subject ON kept_order (order_key, subject_id);

COMMENT ON TABLE kept_order IS 'One row per order that the panel keeps the clocks of. notified_at: when the subject told the police where they live, where the order asks for it.';

CREATE TABLE minute_line (
  line_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  item_id UUID NOT NULL,
  statement_type TEXT NOT NULL,
  content TEXT NOT NULL,
  source_service_id UUID NOT NULL,
  written_by UUID NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  replaces_id UUID,
  CONSTRAINT pk_minute_line PRIMARY KEY (line_id),
  CONSTRAINT fk_minute_line_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_minute_line_item_id FOREIGN KEY(item_id, subject_id) REFERENCES agenda_item (item_id, subject_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_minute_line_statement_type CHECK (statement_type IN ('fact', 'intelligence', 'opinion')),
  CONSTRAINT fk_minute_line_source_service_id FOREIGN KEY(source_service_id) REFERENCES service (service_id),
  CONSTRAINT fk_minute_line_written_by FOREIGN KEY(written_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_minute_line_item_id ON minute_line (item_id);

CREATE INDEX ix_minute_line_subject_id ON minute_line (subject_id);

COMMENT ON TABLE minute_line IS 'One row per statement minuted; a correction is a new row that names the one it replaces, so that two people minuting at once lose nothing.';

CREATE TABLE process_link (
  link_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  victim_id UUID,
  process TEXT NOT NULL,
  reference TEXT,
  level TEXT,
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  due_on DATE,
  ended_at TIMESTAMP WITH TIME ZONE,
  recorded_by UUID NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_process_link PRIMARY KEY (link_id),
  CONSTRAINT fk_process_link_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_process_link_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT ck_process_link_process CHECK (process IN ('marac', 'mappa', 'iom', 'drive', 'dvds_right_to_know', 'dvds_right_to_ask')),
  CONSTRAINT fk_process_link_recorded_by FOREIGN KEY(recorded_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_process_link_subject_id ON process_link (subject_id);

COMMENT ON TABLE process_link IS 'One row per other process that holds the case: shown and timed here, done there.';

CREATE TABLE referral_answer (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  referral_id UUID NOT NULL,
  answer TEXT NOT NULL,
  closure TEXT,
  rules TEXT[] NOT NULL,
  reason TEXT NOT NULL,
  answered_by UUID NOT NULL,
  answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_referral_answer PRIMARY KEY (referral_id),
  CONSTRAINT fk_referral_answer_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_referral_answer_referral_id FOREIGN KEY(referral_id, subject_id, service_id) REFERENCES referral (referral_id, subject_id, service_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_referral_answer_answer CHECK (answer IN ('declined', 'closed')),
  CONSTRAINT ck_referral_answer_closure CHECK (closure IN ('planned', 'unplanned', 'unsuitable', 'transferred', 'consent_withdrawn')),
  CONSTRAINT ck_referral_answer_closed_whole CHECK ((answer = 'closed') = (closure IS NOT NULL)),
  CONSTRAINT fk_referral_answer_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_referral_answer_answered_by FOREIGN KEY(answered_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_referral_answer_subject_id ON referral_answer (subject_id);

COMMENT ON TABLE referral_answer IS 'One row per referral that was declined or closed: which rules failed and why, as both sides are told.';

CREATE TABLE referral_check (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  referral_id UUID NOT NULL,
  rule TEXT NOT NULL,
  answer TEXT NOT NULL,
  override_reason TEXT,
  answered_by UUID NOT NULL,
  answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_referral_check PRIMARY KEY (referral_id, rule),
  CONSTRAINT fk_referral_check_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_referral_check_referral_id FOREIGN KEY(referral_id, subject_id, service_id) REFERENCES referral (referral_id, subject_id, service_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_referral_check_answer CHECK (answer IN ('met', 'not_met', 'not_known', 'overridden')),
  CONSTRAINT fk_referral_check_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_referral_check_answered_by FOREIGN KEY(answered_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_referral_check_subject_id ON referral_check (subject_id);

COMMENT ON TABLE referral_check IS 'One row per referral and eligibility rule: met, not met, not known, or overridden with a reason.';

CREATE TABLE referral_event (
  event_id BIGINT GENERATED ALWAYS AS IDENTITY,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  referral_id UUID NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  note TEXT,
  recorded_by UUID NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_referral_event PRIMARY KEY (event_id),
  CONSTRAINT fk_referral_event_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_referral_event_referral_id FOREIGN KEY(referral_id, subject_id, service_id) REFERENCES referral (referral_id, subject_id, service_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_referral_event_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_referral_event_recorded_by FOREIGN KEY(recorded_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_referral_event_referral_id ON referral_event (referral_id);

CREATE INDEX ix_referral_event_subject_id ON referral_event (subject_id);

COMMENT ON TABLE referral_event IS 'One row per thing that happened to a referral; never changed.';

CREATE TABLE risk_alert (
  alert_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  referral_id UUID NOT NULL,
  kind TEXT NOT NULL,
  happened_on DATE NOT NULL,
  raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
  raised_by UUID,
  seen_by UUID,
  seen_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_risk_alert PRIMARY KEY (alert_id),
  CONSTRAINT fk_risk_alert_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_risk_alert_referral_id FOREIGN KEY(referral_id, subject_id, service_id) REFERENCES referral (referral_id, subject_id, service_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_risk_alert_kind CHECK (kind IN ('new_incident', 'order_breach', 'risk_grade_up', 'release_from_custody')),
  CONSTRAINT fk_risk_alert_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_risk_alert_raised_by FOREIGN KEY(raised_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_risk_alert_seen_by FOREIGN KEY(seen_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_risk_alert_referral_id ON risk_alert (referral_id);

CREATE INDEX ix_risk_alert_subject_id ON risk_alert (subject_id);

CREATE UNIQUE INDEX uq_risk_alert ON risk_alert (referral_id, kind, happened_on);

COMMENT ON TABLE risk_alert IS 'One row per change of risk that a provider must know of: its kind and day, never the narrative.';

CREATE TABLE safety_check (
  check_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  victim_id UUID NOT NULL,
  service_id UUID NOT NULL,
  recorded_by UUID NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_idva BOOLEAN NOT NULL,
  wishes TEXT NOT NULL,
  wishes_said TEXT NOT NULL,
  safe_timing TEXT NOT NULL,
  child_contact TEXT NOT NULL,
  who_tells_her TEXT NOT NULL,
  capacity_or_interpreter TEXT NOT NULL,
  valid_until DATE NOT NULL,
  CONSTRAINT pk_safety_check PRIMARY KEY (check_id),
  CONSTRAINT fk_safety_check_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_safety_check_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT ck_safety_check_wishes CHECK (wishes IN ('agrees', 'against', 'no_view', 'not_reachable')),
  CONSTRAINT fk_safety_check_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_safety_check_recorded_by FOREIGN KEY(recorded_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_safety_check_subject_id ON safety_check (subject_id);

CREATE INDEX ix_safety_check_victim_id ON safety_check (victim_id);

COMMENT ON TABLE safety_check IS 'One row per safety check for one current victim or partner; behind the wall of the victim''s side.';

CREATE TABLE action_step (
  step_id BIGINT GENERATED ALWAYS AS IDENTITY,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  action_id UUID NOT NULL,
  move TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  outcome TEXT,
  note TEXT,
  moved_by UUID NOT NULL,
  moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_action_step PRIMARY KEY (step_id),
  CONSTRAINT fk_action_step_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_action_step_action_id FOREIGN KEY(action_id, subject_id, service_id) REFERENCES action (action_id, subject_id, service_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_action_step_from_state CHECK (from_state IN ('open', 'accepted', 'started', 'blocked', 'done', 'closed')),
  CONSTRAINT ck_action_step_to_state CHECK (to_state IN ('open', 'accepted', 'started', 'blocked', 'done', 'closed')),
  CONSTRAINT ck_action_step_outcome CHECK (outcome IN ('done', 'not_possible', 'not_done_by_agency', 'no_longer_needed')),
  CONSTRAINT ck_action_step_closed_whole CHECK ((to_state = 'closed') = (outcome IS NOT NULL)),
  CONSTRAINT fk_action_step_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_action_step_moved_by FOREIGN KEY(moved_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_action_step_action_id ON action_step (action_id);

CREATE INDEX ix_action_step_subject_id ON action_step (subject_id);

COMMENT ON TABLE action_step IS 'One row per move of an action; never changed. outcome stands on the move that closes it.';

CREATE TABLE disclosure (
  disclosure_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  gateway TEXT NOT NULL,
  necessity TEXT NOT NULL,
  recipients TEXT[] NOT NULL,
  action_id UUID,
  service_id UUID,
  field_groups TEXT[] NOT NULL,
  what TEXT NOT NULL,
  made_by UUID NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_on DATE NOT NULL,
  state TEXT DEFAULT 'running' NOT NULL,
  recalled_at TIMESTAMP WITH TIME ZONE,
  recalled_by UUID,
  recall_reason TEXT,
  return_confirmed_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_disclosure PRIMARY KEY (disclosure_id),
  CONSTRAINT fk_disclosure_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_disclosure_state CHECK (state IN ('running', 'expired', 'recalled', 'returned')),
  CONSTRAINT fk_disclosure_action_id FOREIGN KEY(action_id) REFERENCES action (action_id) ON DELETE SET NULL,
  CONSTRAINT fk_disclosure_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_disclosure_made_by FOREIGN KEY(made_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_disclosure_recalled_by FOREIGN KEY(recalled_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_disclosure_action_id ON disclosure (action_id);

CREATE INDEX ix_disclosure_service_id ON disclosure (service_id);

CREATE INDEX ix_disclosure_subject_id ON disclosure (subject_id);

COMMENT ON TABLE disclosure IS 'One row per disclosure: to whom, through which gateway, why, until when; recalled or not.';

CREATE TABLE kept_breach (
  breach_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  order_key UUID NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  content TEXT NOT NULL,
  recorded_by UUID NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_kept_breach PRIMARY KEY (breach_id),
  CONSTRAINT fk_kept_breach_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_kept_breach_order_key FOREIGN KEY(order_key, subject_id) REFERENCES kept_order (order_key, subject_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_kept_breach_recorded_by FOREIGN KEY(recorded_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_kept_breach_order_key ON kept_breach (order_key);

CREATE INDEX ix_kept_breach_subject_id ON kept_breach (subject_id);

COMMENT ON TABLE kept_breach IS 'One row per breach of an order that somebody recorded.';

CREATE TABLE safety_override (
  override_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  action_id UUID NOT NULL,
  victim_id UUID NOT NULL,
  reason TEXT NOT NULL,
  decided_by UUID NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_safety_override PRIMARY KEY (override_id),
  CONSTRAINT fk_safety_override_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_safety_override_action_id FOREIGN KEY(action_id, subject_id) REFERENCES action (action_id, subject_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_safety_override_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT fk_safety_override_decided_by FOREIGN KEY(decided_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_safety_override_action_id ON safety_override (action_id);

CREATE INDEX ix_safety_override_subject_id ON safety_override (subject_id);

COMMENT ON TABLE safety_override IS 'One row per time a chair let an action go ahead against a victim''s wishes, with the reason.';

-- A further basis: a referral that was received and not yet answered.
ALTER TABLE access_rule DROP CONSTRAINT ck_access_rule_basis;
ALTER TABLE access_rule ADD CONSTRAINT ck_access_rule_basis CHECK (basis IN ('panel', 'agenda', 'action', 'action_address', 'triage', 'referral', 'client', 'child_services', 'need_to_know', 'incident', 'overlap', 'break_glass'));
ALTER TABLE share DROP CONSTRAINT ck_share_basis;
ALTER TABLE share ADD CONSTRAINT ck_share_basis CHECK (basis IN ('panel', 'agenda', 'action', 'action_address', 'triage', 'referral', 'client', 'child_services', 'need_to_know', 'incident', 'overlap', 'break_glass'));
