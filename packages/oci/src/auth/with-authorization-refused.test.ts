import { describe, expect, it } from 'vitest';
import { ACCOUNT, alice, clientOf } from '../../test/authorized-client.ts';
import { plainSend } from '../../test/plain-send.ts';
import { challenge, startTokenRegistry } from '../../test/token-registry.ts';
import type { Credential } from '../credentials/credential.ts';

describe('withAuthorization refused for good', () => {
  it.each([
    { credential: alice, code: 'FORBIDDEN', details: { scopes: ['repository:b:push'] }, why: 'a right is missing' },
    { credential: undefined, code: 'AUTH_REQUIRED', details: { credentials: null }, why: 'nobody is known' },
    {
      credential: { ...alice, password: 'wrong' } as Credential,
      code: 'AUTH_REQUIRED',
      details: { credentials: 'a test' },
      why: 'the token service knows better',
    },
  ])('throws $code: $why', async ({ credential, code, details }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const pushing = clientOf(registry, credential).request('POST', 'b/blobs/uploads/', {
      scopes: ['repository:b:pull,push'],
    });
    await expect(pushing).rejects.toMatchObject({ code, details });
    expect(registry.atRegistry.length).toBeLessThanOrEqual(2);
    expect(registry.atService).toHaveLength(1);
  });

  it.each([
    { lines: ['Negotiate', 'NTLM'], says: /negotiate, ntlm/, why: 'schemes that are not spoken' },
    { lines: [], says: /credentials are required/, why: 'no challenge anywhere' },
  ])('throws AUTH_REQUIRED: $why', async ({ lines, says }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(() => challenge(...lines));
    await expect(clientOf(registry, alice).pull()).rejects.toMatchObject({
      code: 'AUTH_REQUIRED',
      message: expect.stringMatching(says) as string,
      details: { credentials: null },
    });
  });

  it('gives up on a registry that asks for ever more', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const more = { scopes: 0 };
    registry.overrideRegistry(() => {
      more.scopes += 1;
      return challenge(`Bearer realm="${registry.realm}",scope="repository:a:right${more.scopes}"`);
    });
    await expect(clientOf(registry, alice).pull()).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(registry.atRegistry).toHaveLength(3);
  });

  it('passes other answers back', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    for (const status of [200, 202, 307, 403, 404, 429, 500]) {
      registry.overrideRegistry(() => ({ status }));
      expect(await clientOf(registry, alice).pull()).toBe(status);
    }
  });
});

describe('withAuthorization and bodies', () => {
  const body = (reopenable: boolean) => {
    const opened: number[] = [];
    const open = (): readonly Uint8Array[] => {
      opened.push(1);
      return [Buffer.from('content')];
    };
    return { opened, body: { sizeBytes: 7, open, reopenable } };
  };

  it('opens again what can be opened again', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { opened, body: content } = body(true);
    expect(await clientOf(registry, alice).push({ body: content })).toBe(202);
    expect(opened).toHaveLength(2);
    expect(registry.atRegistry.map((seen) => seen.body)).toEqual(['content', 'content']);
  });

  it('finds out what is wanted before it sends what can be sent once only', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { opened, body: content } = body(false);
    expect(await clientOf(registry, alice).push({ body: content })).toBe(202);
    expect(opened).toHaveLength(1);
    expect(registry.atRegistry.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /v2/',
      'POST /v2/a/blobs/uploads/',
    ]);
  });

  it('says to try again when the body is spent and a way in was found too late', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const client = clientOf(registry, alice);
    await client.push();
    registry.revoke();
    const { opened, body: content } = body(false);
    await expect(client.push({ body: content })).rejects.toMatchObject({
      code: 'AUTH_REQUIRED',
      details: { hint: expect.stringContaining('try again') as string },
    });
    expect(opened).toHaveLength(1);
    expect(await client.push({ body: body(false).body })).toBe(202);
  });
});

describe('withAuthorization and impatience', () => {
  const reason = new RangeError('stopped by the test');

  it('gives up when the caller does, and the others get their token', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const controller = new AbortController();
    const [asked, goOn] = [signpost(), signpost()];
    const { pull } = clientOf(registry, alice, {
      sendToken: async (request) => {
        asked.pass();
        await goOn.passed;
        return plainSend(request);
      },
    });
    const impatient = pull({ signal: controller.signal });
    const patient = pull();
    await asked.passed;
    controller.abort(reason);
    await expect(impatient).rejects.toBe(reason);
    goOn.pass();
    expect(await patient).toBe(200);
    expect(registry.atService).toHaveLength(1);
  });

  it('lets those who wait for the first answer go when it fails', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, open: ['repository:a:pull'] });
    const first = new AbortController();
    const { pull } = clientOf(registry, alice);
    const failing = pull({ signal: first.signal });
    const waiting = [pull(), pull()];
    first.abort(reason);
    await expect(failing).rejects.toBe(reason);
    expect(await Promise.all(waiting)).toEqual([200, 200]);
  });
});

/** Something that others wait for. */
function signpost(): { readonly passed: Promise<void>; readonly pass: () => void } {
  let pass = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  return { passed, pass };
}
