/**
 * How a container of the image would run, and its labels: the `config` member of an image config.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties
 * @module
 */
import {
  member,
  optional,
  present,
  readBoolean,
  readObject,
  readString,
  readStringMap,
  readStrings,
  type Field,
} from './json-field.ts';

/** Members that OCI reserves for Docker (`Memory`, `Healthcheck` …) are ignored. */
export interface ContainerConfig {
  readonly User?: string;
  /** `{ "8080/tcp": {} }`: a Go set. */
  readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  /** `{ "/var/data": {} }`: a Go set. */
  readonly Volumes?: Readonly<Record<string, unknown>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly ArgsEscaped?: boolean;
}

export function readContainerConfig(field: Field): ContainerConfig {
  return present({
    User: optional(member(field, 'User'), readString),
    ExposedPorts: optional(member(field, 'ExposedPorts'), readObject),
    Env: optional(member(field, 'Env'), readStrings),
    Entrypoint: optional(member(field, 'Entrypoint'), readStrings),
    Cmd: optional(member(field, 'Cmd'), readStrings),
    Volumes: optional(member(field, 'Volumes'), readObject),
    WorkingDir: optional(member(field, 'WorkingDir'), readString),
    Labels: optional(member(field, 'Labels'), readStringMap),
    StopSignal: optional(member(field, 'StopSignal'), readString),
    ArgsEscaped: optional(member(field, 'ArgsEscaped'), readBoolean),
  });
}
