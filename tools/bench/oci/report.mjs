/**
 * What a run is shown as: the machine, a table of all measures, the bars, and who failed.
 */
import { formatTable } from '../registry/table.mjs';
import { ratioToTheirs, valueOf } from './bars.mjs';

const MB = 1_000_000;
const show = (value, digits) => (value === undefined ? '–' : value.toFixed(digits));

export function formatReport({ machine, contenders, results, bars }) {
  const who = contenders.map(({ name, version }) => `${name} ${version}`).join(', ');
  const head = ['measure', 'wall s', '× skopeo', 'CPU s', '× skopeo', 'peak MB', 'requests'];
  const rows = results.map(({ measure: { name, title }, contender, samples }) => {
    const of = (key) => valueOf(results, name, contender.name, key);
    const ratio = (key) => ratioToTheirs(results, name, contender.name, key);
    const in1000 = (key) => (of(key) === undefined ? undefined : of(key) / 1000);
    const peak = of('peakBytes') === undefined ? undefined : of('peakBytes') / MB;
    return [
      `${title}: ${contender.name}${samples.length === 0 ? ' (failed)' : ''}`,
      ...[show(in1000('wallMs'), 2), show(ratio('wallMs'), 2), show(in1000('cpuMs'), 2), show(ratio('cpuMs'), 2)],
      ...[show(peak, 0), show(of('requests'), 0)],
    ];
  });
  const judged = bars.map(({ measure, unit, value, below, verdict }) => [
    `${measure}: ${unit}`,
    value === null ? '–' : value.toFixed(value < 10 ? 2 : 0),
    `< ${below}`,
    verdict,
  ]);
  const failures = results.flatMap(({ measure, contender, failure }) =>
    failure === null ? [] : [`${measure.title}: ${contender.name}: ${failure}`],
  );
  return [
    `${machine.date}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ${machine.fileSystem}; ${who}`,
    `load average ${machine.loadBefore} before, ${machine.loadAfter} after`,
    '',
    ...formatTable(head, rows),
    ...(judged.length === 0 ? [] : ['', ...formatTable(['bars', 'measured', 'bar', 'verdict'], judged)]),
    ...(failures.length === 0 ? [] : ['', ...failures]),
  ].join('\n');
}
