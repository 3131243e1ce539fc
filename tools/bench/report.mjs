/**
 * The tables that show a report, in Markdown, so that they can be pasted into a document.
 */
import { BARS_FILES, fasterPsqlMs, MB, MINIMUM_RUNS, summarize } from './figures.mjs';

const seconds = (ms) => (ms / 1000).toFixed(2);
const megabytes = (bytes) => (bytes / MB).toFixed(0);
const ratio = (a, b) => (Number.isNaN(b) ? '–' : (a / b).toFixed(2));

export function formatReport({ machine, server, options, results, startup, bars }) {
  const psqlMs = fasterPsqlMs(results);
  const migrations = `${options.files} migrations${options.mixed ? ', mixed' : ''}`;
  return [
    `${machine.date}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, PostgreSQL ${server}`,
    `${migrations}, medians of ${options.runs}; load average ${machine.loadBefore} before, ${machine.loadAfter} after`,
    '',
    ...formatApply(results, psqlMs),
    ...formatAgain(results),
    ...formatBuilds(results),
    ...formatStartup(startup),
    '',
    ...formatTable(
      ['bars', 'measured', 'bar', 'unit', 'verdict'],
      bars.map(({ who, what, value, limit, unit, verdict }) => [
        `${who}: ${what}`,
        value?.toFixed(2) ?? '–',
        String(limit),
        unit,
        verdict,
      ]),
    ),
    ...formatRemarks(results, options),
  ].join('\n');
}

function formatApply(results, psqlMs) {
  const rows = results.map(({ name, version, transactions, samples }) => {
    if (!(samples.apply?.length > 0)) return [`${name} ${version}`, transactions, ...Array(6).fill('–')];
    const { wallMs, minWallMs, maxWallMs, cpuMs, serverCpuMs, peakBytes } = summarize(samples.apply);
    const spread = `${seconds(minWallMs)}–${seconds(maxWallMs)}`;
    return [
      `${name} ${version}`,
      transactions,
      seconds(wallMs),
      spread,
      ratio(wallMs, psqlMs),
      seconds(cpuMs),
      Number.isNaN(serverCpuMs) ? '–' : seconds(serverCpuMs),
      megabytes(peakBytes),
    ];
  });
  const head = ['apply', 'transactions', 'wall s', 'min–max', '× psql', 'client CPU s', 'server CPU s', 'peak MB'];
  return formatTable(head, rows);
}

function formatAgain(results) {
  const rows = results.flatMap(({ name, version, samples }) =>
    ['no-op apply', 'status']
      .filter((what) => samples[what]?.length > 0)
      .map((what) => {
        const { wallMs, minWallMs, maxWallMs, cpuMs, peakBytes } = summarize(samples[what]);
        const spread = `${seconds(minWallMs)}–${seconds(maxWallMs)}`;
        return [`${what}, ${name} ${version}`, seconds(wallMs), spread, seconds(cpuMs), megabytes(peakBytes)];
      }),
  );
  return rows.length === 0
    ? []
    : ['', ...formatTable(['with everything applied', 'wall s', 'min–max', 'client CPU s', 'peak MB'], rows)];
}

function formatBuilds(results) {
  const rows = results.flatMap(({ name, version, build }) =>
    build.map(({ what, wallMs, cpuMs, peakBytes }) => [
      `${name} ${version}: ${what}`,
      seconds(wallMs),
      seconds(cpuMs),
      megabytes(peakBytes),
    ]),
  );
  return rows.length === 0 ? [] : ['', ...formatTable(['build, once', 'wall s', 'CPU s', 'peak MB'], rows)];
}

function formatStartup(startup) {
  if (startup.length === 0) return [];
  const bare = summarize(startup[0].samples).wallMs;
  const rows = startup.map(({ name, samples }) => {
    const { wallMs, cpuMs, peakBytes } = summarize(samples);
    return [name, `${wallMs.toFixed(0)}`, ratio(wallMs, bare), `${cpuMs.toFixed(0)}`, megabytes(peakBytes)];
  });
  const title = `start, medians of ${startup[0].samples.length}`;
  return ['', ...formatTable([title, 'wall ms', '× node', 'CPU ms', 'peak MB'], rows)];
}

function formatRemarks(results, { runs, files, mixed }) {
  const remarks = [
    ...(runs < MINIMUM_RUNS
      ? [`verdicts need medians of ${MINIMUM_RUNS} runs on a noisy machine; this was ${runs}`]
      : []),
    ...(files !== BARS_FILES || mixed ? [`the bars are set for ${BARS_FILES} migrations, not mixed`] : []),
    ...results.filter(({ failure }) => failure !== null).map(({ name, failure }) => `${name}: FAILED: ${failure}`),
  ];
  return remarks.length === 0 ? [] : ['', ...remarks];
}

/** Numbers to the right. */
function formatTable(head, rows) {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => {
    const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)];
}
