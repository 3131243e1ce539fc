/**
 * Settings from environment variables: `REGISTRY_` and the path.
 *
 * Every other variable of that prefix is a mistake, but for those that Kubernetes sets in each pod, for a Service
 * named `registry` or one whose name begins so (`registry-ui`), and for the one that registry clients share.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 * @module
 */
import { adviseName, type GivenValues, type GivenValue, type Problem } from './given-value.ts';
import { CONFIG_VARIABLE, SETTING_PATHS, VARIABLE_PREFIX, variableOf } from './settings.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Podman, Buildah and Skopeo read it. */
const CLIENT_VARIABLE = 'REGISTRY_AUTH_FILE';
const NO_SETTINGS: ReadonlySet<string> = new Set([CONFIG_VARIABLE, CLIENT_VARIABLE]);
const SERVICE_VARIABLE =
  /^REGISTRY_(?:\w+_)?(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
/** `REGISTRY_PORT` is always theirs; `REGISTRY_UI_PORT` is told from a mistyped setting by its value. */
const SERVICE_PORT = /^REGISTRY_(?:\w+_)?PORT$/;
const SERVICE_URL = /^(?:tcp|udp|sctp):\/\//;

/** A variable that is empty counts as unset: that is how a compose file leaves one out. */
export function readVariables(variables: Variables): GivenValues {
  const paths = new Map(SETTING_PATHS.map((path) => [variableOf(path), path]));
  const values: GivenValue[] = [];
  const problems: Problem[] = [];
  for (const [name, value = ''] of Object.entries(variables)) {
    if (!name.startsWith(VARIABLE_PREFIX) || NO_SETTINGS.has(name) || value === '') continue;
    const path = paths.get(name);
    if (path !== undefined) values.push({ path, value, origin: { type: 'variable', name } });
    else if (!isSetByKubernetes(name, value)) {
      const advice = adviseName(name, variableOf, [CONFIG_VARIABLE]);
      problems.push({ subject: name, message: `there is no such variable; ${advice}` });
    }
  }
  return { values, problems };
}

function isSetByKubernetes(name: string, value: string): boolean {
  if (name === 'REGISTRY_PORT' || name.startsWith('REGISTRY_PORT_') || SERVICE_VARIABLE.test(name)) return true;
  return SERVICE_PORT.test(name) && SERVICE_URL.test(value);
}
