/**
 * What the services were asked, so that tests can say what a client did and what it did not.
 *
 * @module
 */
import type { ServiceName } from './faults.ts';

export interface LoggedRequest {
  /** `elsewhere`: a server that is none of ours, where redirects lead. */
  readonly service: ServiceName | 'elsewhere';
  readonly method: string;
  readonly path: string;
  /** The whole body and the `Authorization` header, to look for secrets in. */
  readonly sent: string;
}

export interface RequestLog {
  /** All that was asked, oldest first. */
  readonly requests: readonly LoggedRequest[];
  forgetRequests(): void;
  /** Settles when the service is asked the next time. */
  nextRequest(service: ServiceName): Promise<LoggedRequest>;
}

export interface RequestRecorder extends RequestLog {
  record(request: LoggedRequest): void;
}

export function createRequestRecorder(): RequestRecorder {
  const requests: LoggedRequest[] = [];
  const waiting = new Map<LoggedRequest['service'], ((request: LoggedRequest) => void)[]>();
  return {
    requests,
    record(request) {
      requests.push(request);
      for (const tell of waiting.get(request.service) ?? []) tell(request);
      waiting.delete(request.service);
    },
    forgetRequests() {
      requests.length = 0;
    },
    nextRequest: (service) =>
      new Promise((resolve) => {
        waiting.set(service, [...(waiting.get(service) ?? []), resolve]);
      }),
  };
}
