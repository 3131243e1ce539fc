/**
 * What a run is shown as: the machine, a table for each kind of measure, the bars, and what went wrong.
 */
import { ratioToTheirs, summarize } from './figures.mjs';
import { formatTable } from './table.mjs';

const NOTHING = '–';

/** Ends every row: how far the row can be believed. */
const OTHERS = { title: 'others %', key: 'othersPercent', digits: 0 };

export function formatReport({ machine, contenders, results, bars, remarks }) {
  const tables = [...new Set(results.map(({ measure }) => measure.table))];
  const who = contenders.map(({ name, version }) => `${name} ${version}`).join(' and ');
  return [
    `${machine.date}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ${machine.fileSystem}, Node ${machine.node}`,
    `${who}; load average ${machine.loadBefore} before, ${machine.loadAfter} after`,
    ...tables.flatMap((table) => ['', ...formatResults(table, results)]),
    ...formatBars(bars),
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
  ].join('\n');
}

function formatResults(table, results) {
  const { title } = table;
  const columns = [...table.columns, OTHERS];
  const head = [title, ...columns.flatMap(headOf)];
  const own = results.filter(({ measure }) => measure.table.title === title);
  return formatTable(
    head,
    own.map(({ measure, contender, samples }) => [
      `${measure.title}: ${contender.name}`,
      ...columns.flatMap((column) => cellsOf(column, results, measure.name, contender.name, samples)),
    ]),
  );
}

const headOf = ({ title, spread, ratio }) => [title, ...(spread ? ['min–max'] : []), ...(ratio ? ['× docker'] : [])];

function cellsOf({ key, digits, spread, ratio, greatest }, results, measure, contender, samples) {
  const figure = summarize(samples, key);
  const show = (value, places = digits) => value?.toFixed(places) ?? NOTHING;
  return [
    show(greatest ? figure?.max : figure?.value),
    ...(spread ? [figure === undefined ? NOTHING : `${show(figure.min)}–${show(figure.max)}`] : []),
    ...(ratio ? [show(ratioToTheirs(results, measure, key, contender), 2)] : []),
  ];
}

function formatBars(bars) {
  const rows = bars.map(({ measure, unit, value, least, below, aim, verdict }) => [
    `${measure}: ${unit}`,
    value === null ? NOTHING : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0),
    least === undefined ? `< ${below}` : `≥ ${least}`,
    String(aim ?? ''),
    verdict,
  ]);
  return rows.length === 0 ? [] : ['', ...formatTable(['bars', 'measured', 'bar', 'aim', 'verdict'], rows)];
}

/** What a reader has to know before believing the figures. */
export function listRemarks({ results, measures, contenders, quick }) {
  return [
    ...(quick ? ['--quick: smaller and fewer; the bars are set for a full run'] : []),
    ...[...measures, ...contenders]
      .filter(({ missing }) => missing !== undefined)
      .map(({ title, name, missing }) => `${title ?? name}: SKIPPED: ${missing}`),
    ...results
      .filter(({ failure }) => failure !== null)
      .map(({ measure, contender, failure }) => `${measure.title}: ${contender.name} FAILED: ${failure}`),
  ];
}

export function formatProfiles(profiles) {
  return profiles
    .flatMap(({ title, functions }) => [
      '',
      ...formatTable(
        [`${title}, self time`, '%', 'ms'],
        functions.map(({ name, share, ms }) => [name, (share * 100).toFixed(1), ms.toFixed(0)]),
      ),
    ])
    .join('\n');
}

/** All samples and medians, without what is a function. */
export function toJson({ results, ...report }) {
  return {
    ...report,
    results: results.map(({ measure, contender, samples, failure }) => ({
      measure: measure.name,
      contender: contender.name,
      failure,
      medians: Object.fromEntries(Object.keys(samples[0] ?? {}).map((key) => [key, summarize(samples, key).value])),
      samples,
    })),
  };
}
