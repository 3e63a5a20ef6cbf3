-- Frozen: the tables of revision 0001. A later change is a later revision.

CREATE TABLE access_rule (
  role TEXT NOT NULL,
  field_group TEXT NOT NULL,
  basis TEXT NOT NULL,
  deed TEXT NOT NULL,
  CONSTRAINT pk_access_rule PRIMARY KEY (role, field_group, basis, deed),
  CONSTRAINT ck_access_rule_role CHECK (role IN ('analyst', 'coordinator', 'chair', 'panel_member', 'victim_service', 'provider', 'auditor', 'model_owner', 'dpo', 'named_reviewer', 'service_manager', 'administrator')),
  CONSTRAINT ck_access_rule_basis CHECK (basis IN ('panel', 'agenda', 'action', 'action_address', 'referral', 'client', 'child_services', 'need_to_know', 'incident', 'overlap', 'break_glass')),
  CONSTRAINT ck_access_rule_deed CHECK (deed IN ('read', 'write'))
);

COMMENT ON TABLE access_rule IS 'One row per role, field group, basis and deed that the policy file allows; all else is denied.';

CREATE TABLE agency (
  agency_id UUID NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_agency PRIMARY KEY (agency_id),
  CONSTRAINT ck_agency_kind CHECK (kind IN ('police', 'local_authority', 'health', 'probation', 'housing', 'education', 'voluntary', 'oversight')),
  CONSTRAINT uq_agency_name UNIQUE (name)
);

COMMENT ON TABLE agency IS 'One row per agency.';

CREATE TABLE app_user (
  user_id UUID NOT NULL,
  name TEXT NOT NULL,
  added_at TIMESTAMP WITH TIME ZONE NOT NULL,
  added_by UUID,
  ended_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_app_user PRIMARY KEY (user_id),
  CONSTRAINT fk_app_user_added_by FOREIGN KEY(added_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE app_user IS 'One row per person who may be at work; ended, never deleted, because the log names them.';

CREATE TABLE audit_event (
  seq BIGINT NOT NULL,
  body TEXT NOT NULL,
  leaf BYTEA NOT NULL,
  prev BYTEA NOT NULL,
  chain BYTEA NOT NULL,
  CONSTRAINT pk_audit_event PRIMARY KEY (seq)
);

COMMENT ON TABLE audit_event IS 'One row per event, numbered from 1 without a gap; appended by audit_append and by nothing else.';

CREATE TABLE audit_index (
  seq BIGINT NOT NULL,
  event_id UUID NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  actor UUID NOT NULL,
  service UUID NOT NULL,
  operation TEXT NOT NULL,
  event TEXT NOT NULL,
  people TEXT[] NOT NULL,
  CONSTRAINT pk_audit_index PRIMARY KEY (seq),
  CONSTRAINT uq_audit_index_event_id UNIQUE (event_id)
);

CREATE INDEX ix_audit_index_actor ON audit_index (actor, seq);

CREATE INDEX ix_audit_index_people ON audit_index USING gin (people);

COMMENT ON TABLE audit_index IS 'One row per event, drawn from its body so that it can be found; proves nothing, and can be made again.';

CREATE TABLE audit_payload (
  event_id UUID NOT NULL,
  name TEXT NOT NULL,
  subject_id UUID,
  actor UUID NOT NULL,
  key BYTEA NOT NULL,
  content TEXT NOT NULL,
  CONSTRAINT pk_audit_payload PRIMARY KEY (event_id, name)
);

CREATE INDEX ix_audit_payload_subject_id ON audit_payload (subject_id);

COMMENT ON TABLE audit_payload IS 'One row per free text of an event; the event holds its keyed hash. Erasure deletes the row.';

CREATE TABLE consultation (
  session_id UUID NOT NULL,
  digest BYTEA NOT NULL,
  logged_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_consultation PRIMARY KEY (session_id, digest)
);

COMMENT ON TABLE consultation IS 'What a session has seen and logged in the last minutes: the same page again is no new event.';

CREATE TABLE panel (
  panel_id UUID NOT NULL,
  name TEXT NOT NULL,
  seats INTEGER NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_panel PRIMARY KEY (panel_id),
  CONSTRAINT ck_panel_seats CHECK (seats > 0),
  CONSTRAINT uq_panel_name UNIQUE (name)
);

COMMENT ON TABLE panel IS 'One row per panel area; ranks are per panel.';

CREATE TABLE person_key (
  subject_id UUID NOT NULL,
  key BYTEA NOT NULL,
  CONSTRAINT pk_person_key PRIMARY KEY (subject_id)
);

COMMENT ON TABLE person_key IS 'One row per subject: the key of their pseudonym in the log. Erasure destroys it.';

CREATE TABLE store (
  store_id UUID NOT NULL,
  origin TEXT NOT NULL,
  is_demonstration BOOLEAN NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  removal_key TEXT,
  CONSTRAINT pk_store PRIMARY KEY (store_id)
);

COMMENT ON TABLE store IS 'One row: this store. `removal_key`: what the key of its removals is known by; null = none was used yet.';

CREATE TABLE audit_checkpoint (
  size BIGINT NOT NULL,
  origin TEXT NOT NULL,
  note TEXT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  made_by UUID NOT NULL,
  CONSTRAINT pk_audit_checkpoint PRIMARY KEY (size),
  CONSTRAINT fk_audit_checkpoint_made_by FOREIGN KEY(made_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE audit_checkpoint IS 'One row per signed checkpoint: the note as it was signed.';

CREATE TABLE file_register (
  file_id UUID NOT NULL,
  panel_id UUID,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size BIGINT NOT NULL,
  purpose TEXT NOT NULL,
  recipients JSONB NOT NULL,
  made_by UUID NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  deleted_at TIMESTAMP WITH TIME ZONE,
  deleted_by UUID,
  fate TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_file_register PRIMARY KEY (file_id),
  CONSTRAINT ck_file_register_fate CHECK (fate IN ('destroyed', 'gone', 'changed', 'unsafe', 'held', 'backup')),
  CONSTRAINT fk_file_register_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_file_register_made_by FOREIGN KEY(made_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_file_register_deleted_by FOREIGN KEY(deleted_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE file_register IS 'One row per file or directory with personal data outside the store.';

CREATE TABLE list_run (
  run_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  namespace TEXT NOT NULL,
  as_of DATE NOT NULL,
  extracted_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  model TEXT NOT NULL,
  model_version TEXT NOT NULL,
  definitions_version TEXT NOT NULL,
  scale TEXT NOT NULL,
  seats INTEGER NOT NULL,
  people INTEGER NOT NULL,
  held INTEGER NOT NULL,
  is_synthetic BOOLEAN NOT NULL,
  content_hash TEXT NOT NULL,
  imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
  imported_by UUID NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_list_run PRIMARY KEY (run_id),
  CONSTRAINT fk_list_run_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_list_run_imported_by FOREIGN KEY(imported_by) REFERENCES app_user (user_id)
);

CREATE UNIQUE INDEX uq_list_run_content ON list_run (panel_id, content_hash);

COMMENT ON TABLE list_run IS 'One row per imported run; the newest as_of of a panel is its list.';

CREATE TABLE notice (
  notice_id UUID NOT NULL,
  to_role TEXT NOT NULL,
  panel_id UUID,
  kind TEXT NOT NULL,
  about_id UUID NOT NULL,
  told_at TIMESTAMP WITH TIME ZONE NOT NULL,
  read_by UUID,
  read_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_notice PRIMARY KEY (notice_id),
  CONSTRAINT ck_notice_to_role CHECK (to_role IN ('analyst', 'coordinator', 'chair', 'panel_member', 'victim_service', 'provider', 'auditor', 'model_owner', 'dpo', 'named_reviewer', 'service_manager', 'administrator')),
  CONSTRAINT fk_notice_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_notice_read_by FOREIGN KEY(read_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE notice IS 'One row per thing a role must be told of at once; about_id is the row it is about, panel_id its panel area.';

CREATE TABLE removal (
  removal_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  digests JSONB NOT NULL,
  proposed_by UUID NOT NULL,
  removed_by UUID NOT NULL,
  removed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  certificate JSONB NOT NULL,
  certificate_hash BYTEA NOT NULL,
  CONSTRAINT pk_removal PRIMARY KEY (removal_id),
  CONSTRAINT ck_removal_two_people CHECK (proposed_by <> removed_by),
  CONSTRAINT uq_removal_subject_id UNIQUE (subject_id),
  CONSTRAINT fk_removal_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_removal_proposed_by FOREIGN KEY(proposed_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_removal_removed_by FOREIGN KEY(removed_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE removal IS 'One row per case removed: what went. Digests of its ids keep an older run from bringing it back.';

CREATE TABLE service (
  service_id UUID NOT NULL,
  agency_id UUID NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_service PRIMARY KEY (service_id),
  CONSTRAINT ck_service_kind CHECK (kind IN ('police', 'panel_partner', 'child_service', 'victim_service', 'behaviour_change', 'oversight')),
  CONSTRAINT fk_service_agency_id FOREIGN KEY(agency_id) REFERENCES agency (agency_id)
);

CREATE UNIQUE INDEX uq_service_name ON service (agency_id, name);

COMMENT ON TABLE service IS 'One row per service of an agency; walls stand between services, not only between agencies.';

CREATE TABLE subject (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  is_sensitive BOOLEAN DEFAULT false NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  opened_by UUID NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_subject PRIMARY KEY (subject_id),
  CONSTRAINT fk_subject_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_subject_opened_by FOREIGN KEY(opened_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_subject_panel ON subject (panel_id);

CREATE INDEX ix_subject_sensitive ON subject (subject_id) WHERE is_sensitive;

CREATE UNIQUE INDEX uq_subject_panel ON subject (subject_id, panel_id);

COMMENT ON TABLE subject IS 'One row per case: a suspect under an id of ours that stands for nobody outside this store.';

CREATE TABLE user_login (
  login_id UUID NOT NULL,
  user_id UUID NOT NULL,
  os_name TEXT,
  issuer TEXT,
  external_id TEXT,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_user_login PRIMARY KEY (login_id),
  CONSTRAINT ck_user_login_one_way_to_sign_in CHECK ((os_name IS NOT NULL) <> (issuer IS NOT NULL AND external_id IS NOT NULL)),
  CONSTRAINT fk_user_login_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id)
);

CREATE INDEX ix_user_login_user_id ON user_login (user_id);

CREATE UNIQUE INDEX uq_user_login_external ON user_login (issuer, external_id) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX uq_user_login_os_name ON user_login (os_name) WHERE ended_at IS NULL;

COMMENT ON TABLE user_login IS 'How a user is recognised: an account of this machine, or the subject of an identity provider.';

CREATE TABLE area_figure (
  row_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  figure JSONB NOT NULL,
  CONSTRAINT pk_area_figure PRIMARY KEY (row_id, run_id),
  CONSTRAINT fk_area_figure_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE,
  CONSTRAINT fk_area_figure_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id)
);

CREATE INDEX ix_area_figure_run ON area_figure (run_id);

COMMENT ON TABLE area_figure IS 'One row per row of area.parquet of the run: aggregates with small numbers suppressed.';

CREATE TABLE case_order (
  row_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  order_id TEXT NOT NULL,
  kind TEXT,
  victim_id UUID,
  issued_at TIMESTAMP WITHOUT TIME ZONE,
  expires_at TIMESTAMP WITHOUT TIME ZONE,
  conditions TEXT,
  breaches TIMESTAMP WITHOUT TIME ZONE[] DEFAULT '{}' NOT NULL,
  CONSTRAINT pk_case_order PRIMARY KEY (row_id, run_id),
  CONSTRAINT fk_case_order_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_case_order_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_case_order_run ON case_order (run_id);

CREATE INDEX ix_case_order_subject_id ON case_order (subject_id);

COMMENT ON TABLE case_order IS 'One row per run, subject and order, with the times of its recorded breaches.';

CREATE TABLE case_standing (
  row_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  kind TEXT NOT NULL,
  from_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  to_at TIMESTAMP WITHOUT TIME ZONE,
  level TEXT,
  source TEXT,
  CONSTRAINT pk_case_standing PRIMARY KEY (row_id, run_id),
  CONSTRAINT fk_case_standing_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_case_standing_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_case_standing_run ON case_standing (run_id);

CREATE INDEX ix_case_standing_subject_id ON case_standing (subject_id);

COMMENT ON TABLE case_standing IS 'One row per run, subject and standing: prison with its release date, MAPPA, IOM, Drive.';

CREATE TABLE child_note (
  note_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  content TEXT NOT NULL,
  written_by UUID NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_child_note PRIMARY KEY (note_id),
  CONSTRAINT fk_child_note_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_child_note_written_by FOREIGN KEY(written_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_child_note_subject_id ON child_note (subject_id);

COMMENT ON TABLE child_note IS 'One row per note about children around a case.';

CREATE TABLE conflict (
  conflict_id UUID NOT NULL,
  user_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  reason TEXT NOT NULL,
  declared_by UUID NOT NULL,
  declared_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_by UUID,
  ended_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_conflict PRIMARY KEY (conflict_id),
  CONSTRAINT fk_conflict_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_conflict_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_conflict_declared_by FOREIGN KEY(declared_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_conflict_ended_by FOREIGN KEY(ended_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_conflict_subject_id ON conflict (subject_id);

CREATE INDEX ix_conflict_user_id ON conflict (user_id);

COMMENT ON TABLE conflict IS 'One row per conflict of interest of a user with a case; while it runs it forbids the case whole.';

CREATE TABLE data_request (
  request_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  kind TEXT NOT NULL,
  about TEXT NOT NULL,
  about_id UUID,
  statement TEXT NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  due_on DATE NOT NULL,
  extended_to DATE,
  extended_reason TEXT,
  recorded_by UUID NOT NULL,
  outcome TEXT,
  answer TEXT,
  answered_by UUID,
  answered_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_data_request PRIMARY KEY (request_id),
  CONSTRAINT fk_data_request_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_data_request_kind CHECK (kind IN ('rectification', 'challenge', 'restriction', 'erasure', 'access')),
  CONSTRAINT ck_data_request_about CHECK (about IN ('whole_case', 'place', 'hold', 'statement', 'identity', 'record')),
  CONSTRAINT ck_data_request_outcome CHECK (outcome IN ('upheld', 'partly', 'refused')),
  CONSTRAINT ck_data_request_answered_whole CHECK ((outcome IS NULL) = (answered_at IS NULL)),
  CONSTRAINT fk_data_request_recorded_by FOREIGN KEY(recorded_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_data_request_answered_by FOREIGN KEY(answered_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_data_request_subject_id ON data_request (subject_id);

COMMENT ON TABLE data_request IS 'One row per request of a person about the data held on them, with its clock.';

CREATE TABLE dyad (
  row_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  victim_id UUID NOT NULL,
  subject_is TEXT NOT NULL,
  relationship TEXT,
  incident_count INTEGER NOT NULL,
  crime_count INTEGER NOT NULL,
  harm DOUBLE PRECISION NOT NULL,
  first_on DATE NOT NULL,
  last_on DATE NOT NULL,
  is_reciprocal BOOLEAN NOT NULL,
  CONSTRAINT pk_dyad PRIMARY KEY (row_id, run_id),
  CONSTRAINT fk_dyad_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_dyad_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_dyad_run ON dyad (run_id);

CREATE INDEX ix_dyad_subject_id ON dyad (subject_id);

COMMENT ON TABLE dyad IS 'One row per run, subject, counterpart and direction: subject_is suspect or victim; never netted.';

CREATE TABLE file_person (
  file_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  CONSTRAINT pk_file_person PRIMARY KEY (file_id, subject_id),
  CONSTRAINT fk_file_person_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_file_person_file_id FOREIGN KEY(file_id) REFERENCES file_register (file_id) ON DELETE CASCADE
);

CREATE INDEX ix_file_person_subject ON file_person (subject_id);

COMMENT ON TABLE file_person IS 'One row per file and subject in it: removal follows these.';

CREATE TABLE history_event (
  row_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  incident_id TEXT NOT NULL,
  occurred_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  recorded_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  role TEXT NOT NULL,
  status TEXT,
  offence_code TEXT,
  offence_label TEXT,
  weight DOUBLE PRECISION,
  is_crime BOOLEAN NOT NULL,
  is_domestic BOOLEAN NOT NULL,
  is_cancelled BOOLEAN NOT NULL,
  ward TEXT,
  children_present BOOLEAN,
  risk_grade TEXT,
  outcome_code TEXT,
  counterparts UUID[] DEFAULT '{}' NOT NULL,
  CONSTRAINT pk_history_event PRIMARY KEY (row_id, run_id),
  CONSTRAINT fk_history_event_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_history_event_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_history_event_run ON history_event (run_id);

CREATE INDEX ix_history_event_subject_id ON history_event (subject_id);

COMMENT ON TABLE history_event IS 'One row per run, subject, incident and role of the subject in it; counterparts are victim ids.';

CREATE TABLE legal_hold (
  hold_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  placed_by UUID NOT NULL,
  placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  released_by UUID,
  released_at TIMESTAMP WITH TIME ZONE,
  released_reason TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_legal_hold PRIMARY KEY (hold_id),
  CONSTRAINT fk_legal_hold_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_legal_hold_kind CHECK (kind IN ('disclosure', 'review_of_death', 'inquest', 'litigation', 'complaint')),
  CONSTRAINT fk_legal_hold_placed_by FOREIGN KEY(placed_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_legal_hold_released_by FOREIGN KEY(released_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_legal_hold_subject_id ON legal_hold (subject_id);

COMMENT ON TABLE legal_hold IS 'One row per duty to keep a case: while it runs, erasure becomes restriction.';

CREATE TABLE list_evidence (
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  feature TEXT NOT NULL,
  incident_id TEXT NOT NULL,
  CONSTRAINT pk_list_evidence PRIMARY KEY (run_id, subject_id, feature, incident_id),
  CONSTRAINT fk_list_evidence_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_list_evidence_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_list_evidence_subject ON list_evidence (subject_id);

COMMENT ON TABLE list_evidence IS 'One row per run, person, feature and incident that stands behind it.';

CREATE TABLE list_place (
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  rank INTEGER,
  is_listed BOOLEAN NOT NULL,
  held_rank INTEGER,
  tied BOOLEAN NOT NULL,
  rank_low INTEGER,
  rank_high INTEGER,
  hold TEXT,
  holds TEXT[] NOT NULL,
  flags TEXT[] NOT NULL,
  data_gaps TEXT[] NOT NULL,
  standing TEXT[] NOT NULL,
  CONSTRAINT pk_list_place PRIMARY KEY (run_id, subject_id),
  CONSTRAINT fk_list_place_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_list_place_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_list_place_held ON list_place (run_id, held_rank);

CREATE INDEX ix_list_place_rank ON list_place (run_id, rank);

CREATE INDEX ix_list_place_subject ON list_place (subject_id);

COMMENT ON TABLE list_place IS 'One row per run and person: place, band, flags and holds; rank null = held or deceased.';

CREATE TABLE list_reason (
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  reason_1 TEXT,
  reason_2 TEXT,
  reason_3 TEXT,
  reasons JSONB NOT NULL,
  CONSTRAINT pk_list_reason PRIMARY KEY (run_id, subject_id),
  CONSTRAINT fk_list_reason_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_list_reason_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_list_reason_subject ON list_reason (subject_id);

COMMENT ON TABLE list_reason IS 'One row per run and person: the reasons, as feature and value; their points stand beside the score.';

CREATE TABLE list_score (
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  score DOUBLE PRECISION NOT NULL,
  points JSONB NOT NULL,
  CONSTRAINT pk_list_score PRIMARY KEY (run_id, subject_id),
  CONSTRAINT fk_list_score_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_list_score_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_list_score_subject ON list_score (subject_id);

COMMENT ON TABLE list_score IS 'One row per run and person: the raw score, and the points of its reasons, which add up to it.';

CREATE TABLE membership (
  membership_id UUID NOT NULL,
  user_id UUID NOT NULL,
  service_id UUID NOT NULL,
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  added_by UUID NOT NULL,
  CONSTRAINT pk_membership PRIMARY KEY (membership_id),
  CONSTRAINT fk_membership_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_membership_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_membership_added_by FOREIGN KEY(added_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_membership_user_id ON membership (user_id);

CREATE UNIQUE INDEX uq_membership_running ON membership (user_id, service_id) WHERE ended_at IS NULL;

COMMENT ON TABLE membership IS 'One row per user and service they work in; a victim service and a behaviour-change service of one agency never share a member.';

CREATE TABLE narrative (
  narrative_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  statement_type TEXT NOT NULL,
  content TEXT NOT NULL,
  written_by UUID NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_narrative PRIMARY KEY (narrative_id),
  CONSTRAINT fk_narrative_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_narrative_written_by FOREIGN KEY(written_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_narrative_subject_id ON narrative (subject_id);

COMMENT ON TABLE narrative IS 'One row per statement about a case: typed as fact, intelligence or opinion.';

CREATE TABLE narrative_summary (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  content TEXT NOT NULL,
  written_by UUID NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_narrative_summary PRIMARY KEY (subject_id),
  CONSTRAINT fk_narrative_summary_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_narrative_summary_written_by FOREIGN KEY(written_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE narrative_summary IS 'One row per subject: the profile as other agencies may read it.';

CREATE TABLE partner_nomination (
  row_id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  nomination_id TEXT NOT NULL,
  agency TEXT NOT NULL,
  nominated_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT pk_partner_nomination PRIMARY KEY (row_id, run_id),
  CONSTRAINT fk_partner_nomination_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_partner_nomination_run_id FOREIGN KEY(run_id) REFERENCES list_run (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_partner_nomination_run ON partner_nomination (run_id);

CREATE INDEX ix_partner_nomination_subject_id ON partner_nomination (subject_id);

COMMENT ON TABLE partner_nomination IS 'One row per run and partner referral in its extract, also of people without any incident.';

CREATE TABLE removal_proposal (
  proposal_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  grounds TEXT NOT NULL,
  reason TEXT NOT NULL,
  proposed_by UUID NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  begun_by UUID,
  begun_at TIMESTAMP WITH TIME ZONE,
  ended_by UUID,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_as TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_removal_proposal PRIMARY KEY (proposal_id),
  CONSTRAINT fk_removal_proposal_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_removal_proposal_grounds CHECK (grounds IN ('request', 'retention', 'opened_in_error', 'order')),
  CONSTRAINT ck_removal_proposal_ended_as CHECK (ended_as IN ('withdrawn', 'restricted')),
  CONSTRAINT ck_removal_proposal_two_people CHECK (begun_by IS NULL OR begun_by <> proposed_by),
  CONSTRAINT fk_removal_proposal_proposed_by FOREIGN KEY(proposed_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_removal_proposal_begun_by FOREIGN KEY(begun_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_removal_proposal_ended_by FOREIGN KEY(ended_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_removal_proposal_subject_id ON removal_proposal (subject_id);

CREATE UNIQUE INDEX uq_removal_proposal_open ON removal_proposal (subject_id) WHERE ended_at IS NULL;

COMMENT ON TABLE removal_proposal IS 'One row per proposal to remove a case; done by another person, and gone with the case.';

CREATE TABLE restriction (
  restriction_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  to_at TIMESTAMP WITH TIME ZONE,
  reason TEXT NOT NULL,
  made_by UUID NOT NULL,
  lifted_by UUID,
  lifted_reason TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_restriction PRIMARY KEY (restriction_id),
  CONSTRAINT fk_restriction_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_restriction_made_by FOREIGN KEY(made_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_restriction_lifted_by FOREIGN KEY(lifted_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_restriction_subject_id ON restriction (subject_id);

CREATE UNIQUE INDEX uq_restriction_running ON restriction (subject_id) WHERE to_at IS NULL;

COMMENT ON TABLE restriction IS 'One row per restriction of processing: while it runs the case is stored and nothing else.';

CREATE TABLE retention_review (
  review_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  rule TEXT NOT NULL,
  due_on DATE NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  decision TEXT,
  reason TEXT,
  next_due_on DATE,
  decided_by UUID,
  decided_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_retention_review PRIMARY KEY (review_id),
  CONSTRAINT fk_retention_review_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_retention_review_decision CHECK (decision IN ('keep', 'remove')),
  CONSTRAINT fk_retention_review_decided_by FOREIGN KEY(decided_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_retention_review_subject_id ON retention_review (subject_id);

CREATE UNIQUE INDEX uq_retention_review_open ON retention_review (subject_id) WHERE decision IS NULL;

COMMENT ON TABLE retention_review IS 'One row per time a case must be looked at: keep with a reason and a date, or remove.';

CREATE TABLE risk_summary (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  content TEXT NOT NULL,
  agreed_by UUID NOT NULL,
  agreed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_risk_summary PRIMARY KEY (subject_id),
  CONSTRAINT fk_risk_summary_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_risk_summary_agreed_by FOREIGN KEY(agreed_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE risk_summary IS 'One row per subject: the risk summary that the panel agreed.';

CREATE TABLE role_grant (
  grant_id UUID NOT NULL,
  user_id UUID NOT NULL,
  service_id UUID NOT NULL,
  role TEXT NOT NULL,
  panel_id UUID,
  is_founding BOOLEAN DEFAULT false NOT NULL,
  reason TEXT NOT NULL,
  proposed_by UUID NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  confirmed_by UUID,
  confirmed_at TIMESTAMP WITH TIME ZONE,
  ended_by UUID,
  ended_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_role_grant PRIMARY KEY (grant_id),
  CONSTRAINT ck_role_grant_role CHECK (role IN ('analyst', 'coordinator', 'chair', 'panel_member', 'victim_service', 'provider', 'auditor', 'model_owner', 'dpo', 'named_reviewer', 'service_manager', 'administrator')),
  CONSTRAINT ck_role_grant_two_other_people CHECK (is_founding OR (proposed_by <> user_id AND (confirmed_by IS NULL OR (confirmed_by <> proposed_by AND confirmed_by <> user_id)))),
  CONSTRAINT ck_role_grant_confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CONSTRAINT ck_role_grant_everywhere CHECK (panel_id IS NULL OR role NOT IN ('administrator', 'auditor', 'dpo', 'model_owner')),
  CONSTRAINT ck_role_grant_ended_whole CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
  CONSTRAINT fk_role_grant_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_role_grant_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_role_grant_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_role_grant_proposed_by FOREIGN KEY(proposed_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_role_grant_confirmed_by FOREIGN KEY(confirmed_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_role_grant_ended_by FOREIGN KEY(ended_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_role_grant_user_id ON role_grant (user_id);

COMMENT ON TABLE role_grant IS 'One row per role granted to a user in a service; runs once a second person has confirmed it. panel_id null = every panel.';

CREATE TABLE safeguarding_flag (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  children_affected BOOLEAN NOT NULL,
  set_by UUID NOT NULL,
  set_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_safeguarding_flag PRIMARY KEY (subject_id),
  CONSTRAINT fk_safeguarding_flag_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_safeguarding_flag_set_by FOREIGN KEY(set_by) REFERENCES app_user (user_id)
);

COMMENT ON TABLE safeguarding_flag IS 'One row per subject: whether children are affected, and nothing else about them.';

CREATE TABLE service_need (
  need_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  kind TEXT NOT NULL,
  content TEXT NOT NULL,
  written_by UUID NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_service_need PRIMARY KEY (need_id),
  CONSTRAINT fk_service_need_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_service_need_written_by FOREIGN KEY(written_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_service_need_subject_id ON service_need (subject_id);

COMMENT ON TABLE service_need IS 'One row per need of a subject: language, access, capacity, sex and age stream.';

CREATE TABLE subject_address (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  postcode TEXT,
  home_ward TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_subject_address PRIMARY KEY (subject_id),
  CONSTRAINT fk_subject_address_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE
);

COMMENT ON TABLE subject_address IS 'One row per subject: where they live, as recorded.';

CREATE TABLE subject_alias (
  alias_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  namespace TEXT NOT NULL,
  person_id TEXT NOT NULL,
  valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
  valid_to TIMESTAMP WITH TIME ZONE,
  judgement_id UUID,
  CONSTRAINT pk_subject_alias PRIMARY KEY (alias_id),
  CONSTRAINT fk_subject_alias_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX ix_subject_alias_subject_id ON subject_alias (subject_id);

CREATE UNIQUE INDEX uq_subject_alias_running ON subject_alias (namespace, person_id) WHERE valid_to IS NULL;

COMMENT ON TABLE subject_alias IS 'One row per id a force knows the subject by; judgement_id names the merge or split that made it.';

CREATE TABLE subject_identity (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  forename TEXT,
  surname TEXT,
  birth_date DATE,
  birth_date_precision TEXT,
  sex TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_subject_identity PRIMARY KEY (subject_id),
  CONSTRAINT fk_subject_identity_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE
);

COMMENT ON TABLE subject_identity IS 'One row per subject: the identity bar.';

CREATE TABLE victim (
  victim_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  token TEXT NOT NULL,
  CONSTRAINT pk_victim PRIMARY KEY (victim_id),
  CONSTRAINT fk_victim_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX ix_victim_subject_id ON victim (subject_id);

CREATE UNIQUE INDEX uq_victim_subject ON victim (victim_id, subject_id);

CREATE UNIQUE INDEX uq_victim_token ON victim (subject_id, token);

COMMENT ON TABLE victim IS 'One row per counterpart of a subject, under a token such as V1 that stands for nobody outside the case.';

CREATE TABLE work_session (
  session_id UUID NOT NULL,
  user_id UUID NOT NULL,
  service_id UUID NOT NULL,
  channel TEXT NOT NULL,
  began_at TIMESTAMP WITH TIME ZONE NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  stepped_up_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  secret_hash BYTEA NOT NULL,
  CONSTRAINT pk_work_session PRIMARY KEY (session_id),
  CONSTRAINT ck_work_session_channel CHECK (channel IN ('cli', 'board')),
  CONSTRAINT fk_work_session_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_work_session_service_id FOREIGN KEY(service_id) REFERENCES service (service_id)
);

CREATE INDEX ix_work_session_user_id ON work_session (user_id);

COMMENT ON TABLE work_session IS 'One row per session of a user in one service; the database answers to a running session only.';

CREATE TABLE client (
  client_id UUID NOT NULL,
  service_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  victim_id UUID NOT NULL,
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  added_by UUID NOT NULL,
  CONSTRAINT pk_client PRIMARY KEY (client_id),
  CONSTRAINT fk_client_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_client_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT fk_client_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_client_added_by FOREIGN KEY(added_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_client_service_id ON client (service_id);

CREATE INDEX ix_client_subject_id ON client (subject_id);

CREATE INDEX ix_client_victim_id ON client (victim_id);

COMMENT ON TABLE client IS 'One row per victim whom a victim service supports.';

CREATE TABLE hold_resolution (
  resolution_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  hold TEXT NOT NULL,
  victim_id UUID,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  resolved_by UUID NOT NULL,
  resolved_at TIMESTAMP WITH TIME ZONE NOT NULL,
  review_by DATE,
  CONSTRAINT pk_hold_resolution PRIMARY KEY (resolution_id),
  CONSTRAINT fk_hold_resolution_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_hold_resolution_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT fk_hold_resolution_resolved_by FOREIGN KEY(resolved_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_hold_resolution_subject_id ON hold_resolution (subject_id);

COMMENT ON TABLE hold_resolution IS 'One row per decision about a hold, per dyad where there is one; a later decision is a new row.';

CREATE TABLE share (
  share_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  service_id UUID NOT NULL,
  user_id UUID,
  victim_id UUID,
  basis TEXT NOT NULL,
  reason TEXT NOT NULL,
  shared_by UUID NOT NULL,
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_by UUID,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_reason TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_share PRIMARY KEY (share_id),
  CONSTRAINT fk_share_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_share_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT ck_share_basis CHECK (basis IN ('panel', 'agenda', 'action', 'action_address', 'referral', 'client', 'child_services', 'need_to_know', 'incident', 'overlap', 'break_glass')),
  CONSTRAINT ck_share_is_shared CHECK (basis NOT IN ('panel', 'client')),
  CONSTRAINT ck_share_names_whom CHECK (basis <> 'need_to_know' OR victim_id IS NOT NULL),
  CONSTRAINT ck_share_names_who CHECK (basis NOT IN ('break_glass', 'overlap') OR user_id IS NOT NULL),
  CONSTRAINT ck_share_expires CHECK (expires_at > from_at),
  CONSTRAINT fk_share_service_id FOREIGN KEY(service_id) REFERENCES service (service_id),
  CONSTRAINT fk_share_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_share_shared_by FOREIGN KEY(shared_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_share_ended_by FOREIGN KEY(ended_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_share_service_id ON share (service_id);

CREATE INDEX ix_share_subject_id ON share (subject_id);

COMMENT ON TABLE share IS 'One row per reason for which a service (or one user of it) may see a case for a while.';

CREATE TABLE victim_identity (
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  victim_id UUID NOT NULL,
  person_id TEXT NOT NULL,
  forename TEXT,
  surname TEXT,
  birth_date DATE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_victim_identity PRIMARY KEY (victim_id),
  CONSTRAINT fk_victim_identity_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_victim_identity_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE
);

CREATE INDEX ix_victim_identity_subject_id ON victim_identity (subject_id);

COMMENT ON TABLE victim_identity IS 'One row per counterpart: who they are. No address is held; a safe address is never.';

CREATE TABLE victim_need (
  need_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  victim_id UUID NOT NULL,
  kind TEXT NOT NULL,
  content TEXT NOT NULL,
  written_by UUID NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_victim_need PRIMARY KEY (need_id),
  CONSTRAINT fk_victim_need_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_victim_need_victim_id FOREIGN KEY(victim_id, subject_id) REFERENCES victim (victim_id, subject_id) ON DELETE CASCADE,
  CONSTRAINT fk_victim_need_written_by FOREIGN KEY(written_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_victim_need_subject_id ON victim_need (subject_id);

CREATE INDEX ix_victim_need_victim_id ON victim_need (victim_id);

COMMENT ON TABLE victim_need IS 'One row per need of a victim.';

CREATE TABLE break_glass (
  use_id UUID NOT NULL,
  subject_id UUID NOT NULL,
  panel_id UUID NOT NULL,
  user_id UUID NOT NULL,
  share_id UUID,
  reason TEXT NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE NOT NULL,
  reviewed_by UUID,
  reviewed_at TIMESTAMP WITH TIME ZONE,
  finding TEXT,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_break_glass PRIMARY KEY (use_id),
  CONSTRAINT fk_break_glass_subject_id FOREIGN KEY(subject_id, panel_id) REFERENCES subject (subject_id, panel_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT ck_break_glass_reviewed_by_another CHECK (reviewed_by IS NULL OR reviewed_by <> user_id),
  CONSTRAINT fk_break_glass_user_id FOREIGN KEY(user_id) REFERENCES app_user (user_id),
  CONSTRAINT fk_break_glass_share_id FOREIGN KEY(share_id) REFERENCES share (share_id) ON DELETE CASCADE,
  CONSTRAINT fk_break_glass_reviewed_by FOREIGN KEY(reviewed_by) REFERENCES app_user (user_id)
);

CREATE INDEX ix_break_glass_subject_id ON break_glass (subject_id);

COMMENT ON TABLE break_glass IS 'One row per time somebody asked to open a case they had no share of, and the share it opened; each waits for a review.';
