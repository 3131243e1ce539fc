/**
 * Where Temporal's releases and its own `schema.sql` differ: each object by name, what of it differs, and why that is
 * Temporal's own doing. Nothing else may differ, and nothing here may be left over.
 *
 * @module
 */
import type { SchemaDifference } from '@squizzle/core';

interface Explanation {
  /** Kind and name of the object. */
  readonly object: string;
  /** Keys of its definition that differ; `absent` when `schema.sql` does not make it. */
  readonly differs: readonly string[];
  readonly reason: string;
}

const explainAll = (objects: readonly string[], differs: readonly string[], reason: string): readonly Explanation[] =>
  objects.map((object) => ({ object, differs, reason }));

const inTable = (table: string, columns: string): readonly string[] =>
  columns
    .trim()
    .split(/\s+/)
    .map((column) => `column public.${table}.${column}`);

/** Columns of executions_visibility that releases after 1.0 added, and those that moved because of them. */
const VISIBILITY_COLUMNS = `
  _version batcheruser binarychecksums bool01 bool02 bool03 buildids close_time datetime01 datetime02 datetime03
  double01 double02 double03 encoding execution_duration execution_time history_length history_size_bytes int01
  int02 int03 keyword01 keyword02 keyword03 keyword04 keyword05 keyword06 keyword07 keyword08 keyword09
  keyword10 keywordlist01 keywordlist02 keywordlist03 memo parent_run_id parent_workflow_id root_run_id
  root_workflow_id search_attributes start_time state_transition_count status task_queue temporalbool01
  temporalbool02 temporalchangeversion temporaldatetime01 temporaldatetime02 temporaldouble01 temporaldouble02
  temporalexternalpayloadcount temporalexternalpayloadsizebytes temporalint01 temporalint02 temporalkeyword01
  temporalkeyword02 temporalkeyword03 temporalkeyword04 temporalkeywordlist01 temporalkeywordlist02
  temporallowcardinalitykeyword01 temporalnamespacedivision temporalpauseinfo temporalreportedproblems
  temporalscheduledbyid temporalscheduledstarttime temporalschedulepaused temporalusedworkerdeploymentversions
  temporalworkerdeployment temporalworkerdeploymentversion temporalworkflowversioningbehavior text01 text02
  text03 workflow_id workflow_type_name
`;

export const EXPLAINED: Readonly<Record<string, readonly Explanation[]>> = {
  temporal: [
    ...explainAll(
      [
        ...inTable('cluster_metadata', 'data data_encoding metadata_partition version'),
        'constraint public.cluster_metadata.cluster_metadata_pkey',
        'index public.cluster_metadata.cluster_metadata_pkey',
        'table public.cluster_metadata',
      ],
      ['absent'],
      '1.7 replaced the table by cluster_metadata_info and no release drops it; schema.sql leaves it out',
    ),
    ...explainAll(
      [
        ...inTable('current_executions', 'last_write_version start_time'),
        ...inTable('history_node', 'data data_encoding prev_txn_id'),
      ],
      ['position'],
      'a later release appended a column that schema.sql has in the middle of the table',
    ),
    ...explainAll(
      [...inTable('queue', 'message_encoding'), ...inTable('queue_metadata', 'data_encoding version')],
      ['default'],
      'the release gave the column a default to fill existing rows and never took it away; schema.sql has none',
    ),
  ],
  visibility: explainAll(
    inTable('executions_visibility', VISIBILITY_COLUMNS),
    ['position'],
    'releases append columns; schema.sql has them in an order for people',
  ),
};

/** Which keys differ, or `absent`. */
export function differingKeys({ left, right }: SchemaDifference): readonly string[] {
  if (left === null || right === null) return [right === null ? 'absent' : 'added'];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.filter((key) => JSON.stringify(left[key]) !== JSON.stringify(right[key]));
}

/** Sorted lines that must be equal: what differs, and what was explained. */
export function explainedLines(schema: string): readonly string[] {
  return (EXPLAINED[schema] ?? []).map(({ object, differs }) => `${object}: ${differs.join(', ')}`).sort();
}

export function differenceLines(differences: readonly SchemaDifference[]): readonly string[] {
  return differences.map((each) => `${each.kind} ${each.name}: ${differingKeys(each).join(', ')}`).sort();
}
