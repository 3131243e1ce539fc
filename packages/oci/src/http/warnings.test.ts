import { describe, expect, it } from 'vitest';
import { scriptedSend, type ScriptedAnswer } from '../../test/scripted-send.ts';
import type { RegistryEvent } from '../registry/registry-event.ts';
import { withWarnings } from './warnings.ts';

const request = {
  method: 'GET',
  url: new URL('https://ghcr.io/v2/'),
  place: { registry: 'ghcr.io', repository: null },
} as const;

async function eventsOf(...answers: readonly ScriptedAnswer[]): Promise<readonly RegistryEvent[]> {
  const events: RegistryEvent[] = [];
  const send = withWarnings(scriptedSend(...answers).send, (event) => events.push(event));
  for (const _ of answers) await send(request);
  return events;
}

describe('withWarnings', () => {
  it.each([
    { warning: '299 - "Use a newer client"', texts: ['Use a newer client'], why: 'the form of the specification' },
    { warning: '299 registry "say \\"hi\\""', texts: ['say "hi"'], why: 'quotes' },
    { warning: '299 - "red \u001b[31m"', texts: ['red [31m'], why: 'nothing that moves a terminal' },
    { warning: '299 - "red \u009b31m"', texts: ['red 31m'], why: 'nor in one byte' },
    {
      warning: '299 - "see https://u:s3cret@h.io/x?token=s3cret"',
      texts: ['see https://h.io/x?token=***'],
      why: 'no secrets of a URL',
    },
    { warning: '199 - "other"', texts: [], why: 'another code' },
    { warning: '299 - ""', texts: [], why: 'no text' },
    { warning: 'nonsense', texts: [], why: 'no warning' },
  ])('reads $warning as $texts: $why', async ({ warning, texts }) => {
    const expected = texts.map((text) => ({ type: 'warning', registry: 'ghcr.io', text }));
    expect(await eventsOf({ headers: { warning } })).toEqual(expected);
  });

  it('tells each text once', async () => {
    const one = { headers: { warning: '299 - "one"' } };
    const two = { headers: { warning: '299 - "two"' } };
    const texts = (await eventsOf(one, two, one)).map((event) => (event.type === 'warning' ? event.text : ''));
    expect(texts).toEqual(['one', 'two']);
  });

  it('tells nothing that was sent to the registry', async () => {
    const events: RegistryEvent[] = [];
    const headers = { warning: '299 - "bad s3cret"', 'ratelimit-limit': 's3cret', 'ratelimit-remaining': 's3cret' };
    const { send } = scriptedSend({ headers });
    const redact = (text: string): string => text.replaceAll('s3cret', '***');
    await withWarnings(
      async (sent) => ({ ...(await send(sent)), redact }),
      (event) => events.push(event),
    )(request);
    expect(events).toMatchObject([{ text: 'bad ***' }, { limit: '***', remaining: '***' }]);
  });

  it('stops listening to a registry that never repeats itself', async () => {
    const answers = Array.from({ length: 150 }, (_, at) => ({ headers: { warning: `299 - "${at}"` } }));
    expect(await eventsOf(...answers)).toHaveLength(100);
  });

  it.each([
    { prefix: 'ratelimit', why: 'Docker Hub' },
    { prefix: 'x-ratelimit', why: 'GitHub' },
  ])('tells how much of the limit is left when it changes: $why', async ({ prefix }) => {
    const left = (remaining: string): ScriptedAnswer => ({
      headers: { [`${prefix}-limit`]: '100;w=21600', [`${prefix}-remaining`]: remaining },
    });
    const event = { type: 'rate-limit', registry: 'ghcr.io', limit: '100;w=21600' };
    expect(await eventsOf(left('76'), left('76'), left('75'), {})).toEqual([
      { ...event, remaining: '76' },
      { ...event, remaining: '75' },
    ]);
  });
});
