import { isSquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { formatProblem } from './config-problem.ts';
import { filledProblems, parseConfig, type ParsedConfig } from './parse-config.ts';

function problemsOf(text: string, variables: Readonly<Record<string, string>> = {}): readonly string[] {
  const result = parseConfig(text, 'squizzle.yaml', variables);
  const problems = result.ok ? filledProblems(result.parsed) : result.problems;
  return problems.map((problem) => formatProblem('squizzle.yaml', problem));
}

function parse(text: string, variables: Readonly<Record<string, string>> = {}): ParsedConfig {
  const result = parseConfig(text, 'squizzle.yaml', variables);
  if (!result.ok) throw new TypeError(result.problems.map(({ message }) => message).join('\n'));
  return result.parsed;
}

/** One environment, as its keys are given. */
const environment = (keys: string): string =>
  `name: shop\nenvironments:\n  dev:\n    database: pglite:memory\n    ${keys}\n`;

describe('parseConfig', () => {
  it.each([
    { why: 'empty', text: '', says: ":1:1: the file is empty; it needs at least 'name: …'" },
    { why: 'comments alone', text: '# nothing\n', says: ':1:1: the file is empty' },
    { why: 'a list', text: '- a\n', says: ':1:1: expected a mapping of keys to values' },
    { why: 'a text', text: 'shop\n', says: ':1:1: expected a mapping' },
    { why: 'a tab', text: 'name: shop\nsources:\n\tmigrations: db\n', says: ':3:1: ' },
    { why: 'a key twice', text: 'name: a\nname: b\n', says: ':2:1: Map keys must be unique' },
    { why: 'two documents', text: 'name: a\n---\nname: b\n', says: ':2:1: ' },
    { why: 'an unclosed quote', text: 'name: "shop\n', says: 'squizzle.yaml:' },
    { why: 'an unknown tag', text: 'name: !!js/function "x"\n', says: 'Unresolved tag' },
    { why: 'an anchor bomb', text: bomb(), says: ':1:1: Excessive alias count' },
    { why: 'no name', text: 'store: x\n', says: ':1:1: name: is missing; it is required' },
    { why: 'a name that is no text', text: 'name: 5\n', says: ':1:1: name: expected a text, found 5' },
    { why: 'an empty name', text: "name: ' '\n", says: ':1:1: name: expected one line of 1 to 128 characters' },
    {
      why: 'an unknown key',
      text: 'name: a\nenviroments: {}\n',
      says: ":2:1: enviroments: unknown key; did you mean 'environments'?",
    },
    {
      why: 'an unknown key like none',
      text: 'name: a\nfoo: {}\n',
      says: ':2:1: foo: unknown key; known here: name, layout,',
    },
    {
      why: 'an unknown key inside',
      text: environment('databse: x'),
      says: ":5:5: environments.dev.databse: unknown key; did you mean 'database'?",
    },
    {
      why: 'an unknown key of trust',
      text: environment('trust: { unsigned: { allowed: false, reasn: x } }'),
      says: ":5:42: environments.dev.trust.unsigned.reasn: unknown key; did you mean 'reason'?",
    },
    { why: 'an inherited name is no key', text: 'name: a\nconstructor: 1\n', says: ':2:1: constructor: unknown key' },
    { why: 'an unknown layout', text: 'name: a\nlayout: rails\n', says: ':2:1: layout: expected one of auto, ' },
    {
      why: 'an absolute source folder',
      text: 'name: a\nsources: { seeds: /etc }\n',
      says: ':2:12: sources.seeds: expected a path relative to this file, found "/etc"',
    },
    {
      why: 'sources that are a list',
      text: 'name: a\nsources: [db]\n',
      says: ':2:1: sources: expected a mapping of keys to values, found a list',
    },
    {
      why: 'a registry without repository',
      text: 'name: a\nremote: oci://ghcr.io\n',
      says: ':2:1: remote: expected a registry and a repository in it, as ghcr.io/acme/migrations',
    },
    {
      why: 'a password before the host',
      text: 'name: a\nremote: anna:hunter2@ghcr.io/a/b\n',
      says: 'found "anna:***@ghcr.io/a/b"',
    },
    {
      why: 'settings of what is no registry',
      text: 'name: a\nregistries: { "ghcr.io/acme": {} }\n',
      says: ':2:15: registries.ghcr.io/acme: expected the host of a registry, as ghcr.io or localhost:5000',
    },
    {
      why: 'a variable that would switch off TLS',
      text: 'name: a\nregistries: { ghcr.io: { insecure: "${X}" } }\n',
      says: ":2:26: registries.ghcr.io.insecure: expected 'true' or 'false', written out",
    },
    { why: 'a source that is no URL', text: 'name: a\nsource: acme\n', says: ':2:1: source: expected a URL' },
    {
      why: 'a range that is none',
      text: "name: a\nrequires: { postgres: 'new' }\n",
      says: ':2:13: requires.postgres: expected a range of versions, as \'>=14\', found "new"',
    },
    {
      why: 'extensions that are no list',
      text: 'name: a\nrequires: { extensions: btree_gin }\n',
      says: ':2:13: requires.extensions: expected a list of names',
    },
    {
      why: 'an extension that is no name',
      text: 'name: a\nrequires: { extensions: [ok, "a;b"] }\n',
      says: ':2:30: requires.extensions[1]: expected the name of an extension, found "a;b"',
    },
    {
      why: 'a reserved schema',
      text: 'name: a\nledgerSchema: pg_x\n',
      says: ':2:1: ledgerSchema: expected the name of a schema',
    },
    {
      why: 'a default that is not there',
      text: `${environment('')}defaultEnvironment: dve\n`,
      says: "defaultEnvironment: there is no environment 'dve'; did you mean 'dev'?",
    },
    {
      why: 'a default without environments',
      text: 'name: a\ndefaultEnvironment: dev\n',
      says: "there is no environment 'dev'; there are: none",
    },
    {
      why: 'an environment of an odd name',
      text: 'name: a\nenvironments: { "a/b": { database: "pglite:x" } }\n',
      says: ":2:17: environments.a/b: expected a name of letters, digits, '.', '_' and '-'",
    },
    {
      why: 'an environment without database',
      text: 'name: a\nenvironments:\n  dev:\n    wait: 3s\n',
      says: ':3:3: environments.dev.database: is missing; it is required',
    },
    {
      why: 'an environment that is nothing',
      text: 'name: a\nenvironments:\n  dev:\n',
      says: ':3:3: environments.dev: expected a mapping of keys to values, found null',
    },
    {
      why: 'environments that are a list',
      text: 'name: a\nenvironments: [dev]\n',
      says: ':2:1: environments: expected a mapping of keys to values, found a list',
    },
    {
      why: 'another database',
      text: 'name: a\nenvironments: { d: { database: "mysql://root:hunter2@x/y" } }\n',
      says: 'expected postgres://…, postgresql://… or pglite:<folder>, found "mysql://root:***@x/y"',
    },
    {
      why: 'a duration without unit',
      text: environment('lockTimeout: 3'),
      says: ':5:5: environments.dev.lockTimeout: expected a duration with its unit, as 250ms, 3s, 5min or 1h, up to 24d, found 3',
    },
    {
      why: 'a duration that is none',
      text: environment('wait: soon'),
      says: 'environments.dev.wait: expected a duration',
    },
    {
      why: 'a transaction that is none',
      text: environment('transaction: all'),
      says: "expected 'release' or 'step', found \"all\"",
    },
    {
      why: 'trust without saying',
      text: environment('trust: {}'),
      says: ':5:5: environments.dev.trust.unsigned: is missing; it is required',
    },
    {
      why: 'trust without reason',
      text: environment('trust: { unsigned: { allowed: true } }'),
      says: 'environments.dev.trust.unsigned.reason: is missing; it is required',
    },
    {
      why: 'trust with an empty reason',
      text: environment("trust: { unsigned: { allowed: true, reason: ' ' } }"),
      says: 'expected a text that is not empty',
    },
    {
      why: 'trust by a text',
      text: environment("trust: { unsigned: { allowed: 'true', reason: x } }"),
      says: "expected '{ allowed: false }', or '{ allowed: true, reason: … }'",
    },
    {
      why: 'trust by a variable',
      text: environment('trust: { unsigned: { allowed: "${X}", reason: x } }'),
      says: 'written out: variables are not filled in here',
    },
    {
      why: 'a reason by a variable',
      text: environment('trust: { unsigned: { allowed: true, reason: "${X}" } }'),
      says: 'written out: variables are not filled in here',
    },
    {
      why: 'a trust policy of a variable',
      text: 'name: a\ntrust: { policy: "${X}" }\n',
      says: ':2:10: trust.policy: expected a path, written out: variables are not filled in here',
    },
    {
      why: 'a pin that is none',
      text: 'name: a\ntrust: { digest: sha256:abc }\n',
      says: ':2:10: trust.digest: expected a SHA-256',
    },
    {
      why: 'a signer of the policy that is both',
      text: 'name: a\ntrust: { signedBy: { key: a.pub, issuer: https://x } }\n',
      says: ":2:10: trust.signedBy: expected 'key: …' alone, or 'issuer: …', 'san: …' and 'trustedRoot: …'",
    },
    {
      why: 'a signer of the policy that is nobody',
      text: 'name: a\ntrust: { signedBy: {} }\n',
      says: "trust.signedBy: expected 'key: …' alone",
    },
    {
      why: 'a root that could be any file',
      text: 'name: a\nsigning: { trustedRoot: { file: root.json } }\n',
      says: ":2:12: signing.trustedRoot: expected 'builtin: sigstore-public-good', or 'file: …' with its 'sha256: …'",
    },
    {
      why: 'an unknown key of rekor',
      text: 'name: a\nsigning: { rekor: { uri: https://x } }\n',
      says: ":2:21: signing.rekor.uri: unknown key; did you mean 'url'?",
    },
    {
      why: 'a Rekor of another version',
      text: 'name: a\nsigning: { rekor: { url: https://x, version: 3 } }\n',
      says: "signing.rekor: expected 'false', or 'url: …' with 'version: 1' or 'version: 2'",
    },
    {
      why: 'a service with a password',
      text: 'name: a\nsigning: { fulcio: "https://anna:hunter2@x" }\n',
      says: 'signing.fulcio: expected the URL of a service',
    },
    {
      why: 'an identity that is none',
      text: 'name: a\nsigning: { identity: jenkins }\n',
      says: 'signing.identity: expected one of auto, github, gitlab, buildkite, browser, device, found "jenkins"',
    },
    {
      why: 'two policies, whatever the second says',
      text: `${environment('trust: { unsigned: { allowed: false } }')}trust: { policy: corp.yaml }\n`,
      says: ":5:14: environments.dev.trust.unsigned: two policies: move it into 'rules' of corp.yaml",
    },
    {
      why: 'a key and an identity',
      text: 'name: a\nsigning: { key: a.key, identity: github }\n',
      says: ':2:12: signing.key: a key signs, or an identity does',
    },
    {
      why: 'a Sigstore that nobody can verify',
      text: 'name: a\nsigning: { fulcio: https://x, tsa: https://y }\n',
      says: ':2:1: signing.trustedRoot: is missing: nobody can verify what fulcio, tsa vouch for',
    },
    {
      why: 'services named twice',
      text: `name: a\nsigning: { signingConfig: c.json, tsa: https://y, trustedRoot: { builtin: sigstore-public-good } }\n`,
      says: ':2:12: signing.signingConfig: it names the services, and so does tsa',
    },
    {
      why: 'a variable left open',
      text: 'name: a\nstore: ${HOME\n',
      says: ":2:1: store: a '${' does not begin a variable",
    },
    {
      why: 'a variable with an odd name',
      text: 'name: a\nstore: ${a-b}\n',
      says: ":2:1: store: a '${' does not begin a variable",
    },
    {
      why: 'a variable that holds nonsense',
      text: environment('wait: ${W}'),
      variables: { W: 's3cret' },
      says: ':5:5: environments.dev.wait: expected a duration with its unit, as 250ms, 3s, 5min or 1h, up to 24d',
    },
  ])('refuses $why', ({ text, says, variables }) => {
    const problems = problemsOf(text, variables).join('\n');
    expect(problems).toContain(says);
    expect(problems).not.toContain('s3cret');
    expect(problems).not.toContain('hunter2');
  });

  it('reports every problem, in the order of the file', () => {
    const text = 'nam: a\nlayout: x\nenvironments:\n  dev:\n    wait: 1\n    extra: 2\n';
    expect(problemsOf(text).map((line) => line.replace(/;.*|expected.*/s, ''))).toEqual([
      'squizzle.yaml:1:1: nam: unknown key',
      'squizzle.yaml:1:1: name: is missing',
      'squizzle.yaml:2:1: layout: ',
      'squizzle.yaml:4:3: environments.dev.database: is missing',
      'squizzle.yaml:5:5: environments.dev.wait: ',
      'squizzle.yaml:6:5: environments.dev.extra: unknown key',
    ]);
  });

  it.each([
    { text: 'https://ci:hunter2@gitlab.com/a/db.git', source: 'https://gitlab.com/a/db.git', why: 'as GitLab has it' },
    { text: 'https://github.com/a/db', source: 'https://github.com/a/db', why: 'as it is written' },
  ])('takes user and password out of the source, which releases hold: $why', ({ text, source }) => {
    expect(parse(`name: a\nsource: ${text}\n`).config.source?.read()).toBe(source);
    const { config } = parse('name: a\nsource: ${CI_REPOSITORY_URL}\n', { CI_REPOSITORY_URL: text });
    expect(config.source?.read()).toBe(source);
  });

  it('reads what is written', () => {
    const { config } = parse(`name: shop
sources: { migrations: ./sql/up/ }
requires: { postgres: '14', extensions: [uuid-ossp] }
environments:
  dev: &dev
    database: pglite:memory
    trust: { unsigned: { allowed: true, reason: tests } }
    lockTimeout: 3s
    wait: '0'
  copy: *dev
`);
    expect(config.name.read()).toBe('shop');
    expect(config.sources?.migrations?.read()).toBe('sql/up');
    expect(config.environments?.['copy']?.lockTimeout?.read()).toBe(3_000);
    expect(config.environments?.['copy']?.wait?.read()).toBe(0);
    expect(config.environments?.['dev']?.trust).toEqual({ unsigned: { allowed: true, reason: 'tests' } });
  });

  it.each([
    { text: '${A}', variables: { A: 'x' }, value: 'x', why: 'its value' },
    { text: '${A}/${B}', variables: { A: 'x', B: 'y' }, value: 'x/y', why: 'several' },
    { text: '${A:-d/e}', variables: {}, value: 'd/e', why: 'the default of what is unset' },
    { text: '${A:-d}', variables: { A: '' }, value: 'd', why: 'the default of what is empty' },
    { text: '${A:-}x', variables: {}, value: 'x', why: 'an empty default' },
    { text: '$${A}', variables: { A: 'x' }, value: '${A}', why: 'a dollar that is meant' },
    { text: 'a$b$', variables: { b: 'x' }, value: 'a$b$', why: 'a dollar alone means itself' },
    { text: '${A}', variables: { A: '${B}', B: 'no' }, value: '${B}', why: 'values are not filled in again' },
  ])('fills $text as $value: $why', ({ text, variables, value }) => {
    const { config } = parse(`name: shop\nstore: '${text}'\n`, variables);
    expect(config.store?.read()).toEqual({ kind: 'folder', path: value });
  });

  it('asks for a variable only when the value is needed, naming key, line and variable', () => {
    const { config, references } = parse('name: shop\nstore: ${STORE}\nremote: ${A}${B}\n');
    expect(references).toEqual([
      { key: 'store', unset: ['STORE'] },
      { key: 'remote', unset: ['A', 'B'] },
    ]);
    const refused = (read: () => unknown): string => {
      try {
        return String(read());
      } catch (cause) {
        if (!isSquizzleError(cause, 'CONFIG_INVALID')) throw cause;
        return cause.message;
      }
    };
    expect(refused(() => config.store?.read())).toContain('squizzle.yaml:2:1: store: the variable STORE is not set');
    expect(refused(() => config.remote?.read())).toContain('squizzle.yaml:3:1: remote: the variables A, B are not set');
    expect(filledProblems(parse('name: shop\ndefaultEnvironment: ${NONE}\n'))).toEqual([]);
  });
});

/** Ten levels of nine aliases each: a thousand million nodes. */
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`,
  );
  return `name: shop\nl0: &l0 x\n${levels.join('\n')}\n`;
}
