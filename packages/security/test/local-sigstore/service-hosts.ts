/**
 * The addresses of all services, with one log of what they were asked.
 *
 * @module
 */
import type { ServiceName } from './faults.ts';
import { createRequestRecorder, type LoggedRequest, type RequestLog } from './request-log.ts';
import { startServiceHost, type Routes, type ServiceHost } from './service-host.ts';
import type { ServiceUrls } from './trust-documents.ts';

export interface ServiceRoutes {
  readonly oidc: Routes;
  readonly fulcio: Routes;
  /** Asked for each request, as the mirror's: what can be fetched changes. */
  readonly rekorV1: () => Routes;
  readonly rekorV2: Routes;
  readonly tsa: Routes;
  readonly tuf: () => Routes;
}

export interface ServiceHosts {
  readonly urls: ServiceUrls;
  readonly log: RequestLog;
  serve(routes: ServiceRoutes): void;
  close(): Promise<void>;
}

export async function startServiceHosts(
  faultOf: (service: ServiceName) => number | string | undefined,
): Promise<ServiceHosts> {
  const recorder = createRequestRecorder();
  let elsewhereUrl = '';
  const start = (service: LoggedRequest['service']): Promise<ServiceHost> =>
    startServiceHost({
      onRequest: ({ method, path, headers, body }) => {
        recorder.record({ service, method, path, sent: `${headers.authorization ?? ''} ${body.toString()}` });
      },
      fault: () => (service === 'elsewhere' ? undefined : faultOf(service)),
      elsewhere: () => elsewhereUrl,
    });
  const [oidc, fulcio, rekorV1, rekorV2, tsa, tuf, elsewhere] = await Promise.all([
    start('oidc'),
    start('fulcio'),
    start('rekor'),
    start('rekor'),
    start('tsa'),
    start('tuf'),
    start('elsewhere'),
  ]);
  elsewhereUrl = elsewhere.url;
  const all = [oidc, fulcio, rekorV1, rekorV2, tsa, tuf, elsewhere];
  return {
    urls: {
      issuer: oidc.url,
      fulcio: fulcio.url,
      rekorV1: rekorV1.url,
      rekorV2: rekorV2.url,
      tsa: `${tsa.url}/api/v1/timestamp`,
      tuf: tuf.url,
    },
    log: recorder,
    serve(routes) {
      oidc.serve(() => routes.oidc);
      fulcio.serve(() => routes.fulcio);
      rekorV1.serve(routes.rekorV1);
      rekorV2.serve(() => routes.rekorV2);
      tsa.serve(() => routes.tsa);
      tuf.serve(routes.tuf);
    },
    async close() {
      await Promise.all(all.map((host) => host[Symbol.asyncDispose]()));
    },
  };
}
