import { expect, it } from 'vitest';
import { formatProblem } from './format-problem.ts';
import { readVariables } from './variables.ts';

it('reads REGISTRY_ and the path', () => {
  expect(readVariables({ REGISTRY_LISTEN_PLAIN_HTTP: 'true', HOME: '/root' })).toEqual({
    values: [
      {
        path: 'listen.plain_http',
        value: 'true',
        origin: { type: 'variable', name: 'REGISTRY_LISTEN_PLAIN_HTTP' },
      },
    ],
    problems: [],
  });
});

it.each([
  { name: 'REGISTRY_SERVICE_HOST', value: '10.96.0.12', why: 'the Service "registry"' },
  { name: 'REGISTRY_SERVICE_PORT', value: '5000', why: 'its first port' },
  { name: 'REGISTRY_SERVICE_PORT_HTTP', value: '5000', why: 'a named port' },
  { name: 'REGISTRY_PORT', value: 'tcp://10.96.0.12:5000', why: 'as Docker links had it' },
  { name: 'REGISTRY_PORT_5000_TCP', value: 'tcp://10.96.0.12:5000', why: 'of one port' },
  { name: 'REGISTRY_PORT_5000_TCP_PROTO', value: 'tcp', why: 'in parts' },
  { name: 'REGISTRY_PORT_5000_TCP_ADDR', value: '10.96.0.12', why: 'in parts' },
  { name: 'REGISTRY_UI_SERVICE_HOST', value: '10.96.0.13', why: 'the Service "registry-ui"' },
  { name: 'REGISTRY_UI_SERVICE_PORT_WEB', value: '80', why: 'its named port' },
  { name: 'REGISTRY_UI_PORT', value: 'tcp://10.96.0.13:80', why: 'its address' },
  { name: 'REGISTRY_UI_PORT_80_TCP_PORT', value: '80', why: 'in parts' },
  { name: 'REGISTRY_CONFIG', value: 'x.yaml', why: 'names the file, and is no setting' },
  { name: 'REGISTRY_AUTH_FILE', value: '/run/auth.json', why: 'of podman and skopeo' },
  { name: 'REGISTRY_LISTN_HOST', value: '', why: 'an empty variable is none' },
])('passes over $name: $why', ({ name, value }) => {
  expect(readVariables({ [name]: value })).toEqual({ values: [], problems: [] });
});

it.each([
  {
    name: 'REGISTRY_LISTN_PORT',
    value: '5000',
    says: 'did you mean REGISTRY_LISTEN_PORT?',
    why: 'no address: not of Kubernetes',
  },
  { name: 'REGISTRY_LOG_LEVL', value: 'info', says: 'did you mean REGISTRY_LOG_LEVEL?', why: 'a letter is missing' },
  { name: 'REGISTRY_CONFG', value: 'x', says: 'did you mean REGISTRY_CONFIG?', why: 'the file' },
  { name: 'REGISTRY_HTTP_ADDR', value: ':5000', says: 'serve --help', why: 'of another registry' },
])('refuses $name: $why', ({ name, value, says }) => {
  const { values, problems } = readVariables({ [name]: value });
  expect(values).toEqual([]);
  expect(problems.map(formatProblem).join()).toContain(`${name}: there is no such variable; `);
  expect(problems.map(formatProblem).join()).toContain(says);
});
