/**
 * What a configuration file says, or why it says nothing.
 *
 * @module
 */
export type FileContent =
  | { readonly faults: readonly FileFault[] }
  | {
      readonly data: unknown;
      /** 1-based; `undefined` where the format does not tell. */
      readonly lineOf: (keys: readonly string[]) => number | undefined;
    };

export interface FileFault {
  readonly line?: number;
  readonly message: string;
}
