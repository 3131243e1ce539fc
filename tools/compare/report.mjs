/**
 * Findings as a table and notes, for the terminal and for docs/comparison.md.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { root, tool as program } from '../gates.mjs';
import { VERDICTS } from './verdict.mjs';

const DOCUMENT = path.join(root, 'docs/comparison.md');
const [BEGIN, END] = ['<!-- faults: begin -->', '<!-- faults: end -->'];

/** One fault, for those who watch. */
export function toText({ row, findings }, tools) {
  const lines = findings.map(({ verdict, seen }, at) => `  ${tools[at].name.padEnd(17)} ${verdict.padEnd(12)} ${seen}`);
  return [`${row.id}: ${row.title}`, ...lines].join('\n');
}

/** @param {{ tools: readonly object[], results: readonly object[], postgres: string, seconds: number }} run */
export function toMarkdown(run) {
  return `${[toConditions(run), toTable(run), toVerdicts(run), toNotes(run)].join('\n\n')}\n`;
}

function toConditions({ tools, postgres, seconds }) {
  const versions = tools.map(({ name, version }) => `${name} ${version}`).join(', ');
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}: PostgreSQL ${postgres}, Node ${process.version.slice(1)}, ${versions}; ${machine}; ${Math.round(seconds / 60)} minutes.`;
}

function toTable({ tools, results }) {
  const rows = results.map(({ row, findings }) => [
    `[${row.title}](#${row.id})`,
    ...findings.map(({ verdict }) => cell(verdict)),
  ]);
  const head = ['fault', ...tools.map(({ name }) => name)];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Plain is what needs nothing but another run at most. */
const PLAIN = ['safe', 'refuses', 'run again', 'n/a'];
const cell = (verdict) => (PLAIN.includes(verdict) ? verdict : `**${verdict}**`);

function toVerdicts({ results }) {
  const used = new Set(results.flatMap(({ findings }) => findings.map(({ verdict }) => verdict)));
  const lines = Object.entries(VERDICTS).filter(([verdict]) => used.has(verdict));
  return lines.map(([verdict, meaning]) => `- **${verdict}**: ${meaning}`).join('\n');
}

function toNotes({ tools, results }) {
  return results
    .map(({ row, findings }) => {
      const lines = findings.map(({ verdict, seen }, at) => `- ${tools[at].name}: **${verdict}**; ${seen}`);
      return `### ${row.id}\n\n_${row.title}._ ${row.what}\n\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

/** Between the markers; what people wrote around them stays. */
export function writeDocument(run) {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new RangeError(`${DOCUMENT} lacks the line ${BEGIN} or ${END}`);
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${toMarkdown(run)}\n${END}${after}`);
  execFileSync(program('prettier'), ['--write', '--log-level', 'warn', DOCUMENT]);
}
