/**
 * A `Send` that answers from a list, and keeps what it was asked.
 *
 * @module
 */
import type { HttpRequest, HttpResponse, Send } from '../src/http/http.ts';
import { toHeaders } from '../src/http/exchange/headers.ts';

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly address?: string;
}

export interface ScriptedSend {
  readonly send: Send;
  readonly requests: readonly HttpRequest[];
  /** How many of the answers were discarded. */
  readonly discarded: () => number;
}

/** An error in the list is thrown. The last answer is given again and again. */
export function scriptedSend(...answers: readonly (ScriptedAnswer | Error)[]): ScriptedSend {
  const requests: HttpRequest[] = [];
  let discarded = 0;
  const send: Send = async (request) => {
    requests.push(request);
    const answer = answers[Math.min(requests.length, answers.length) - 1] ?? {};
    if (answer instanceof Error) throw answer;
    return toResponse(request.url, answer, () => {
      discarded += 1;
    });
  };
  return { send, requests, discarded: () => discarded };
}

function toResponse(url: URL, answer: ScriptedAnswer, onDiscard: () => void): HttpResponse {
  const { status = 200, headers = {}, body = '', address } = answer;
  return {
    status,
    url,
    address,
    headers: toHeaders(Object.entries(headers)),
    body: chunksOf(body),
    discard: async () => onDiscard(),
  };
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
}
