/**
 * The outcome of a test run, as in-toto's predicate of version 0.1 has it.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
 * @module
 */
import { requireText } from './predicate-input.ts';
import type { Predicate } from './statement.ts';

/** A file or setting that the tests ran with. */
export interface TestConfiguration {
  readonly name?: string;
  readonly uri?: string;
  /** Algorithm to lowercase hex. */
  readonly digest?: Readonly<Record<string, string>>;
}

export interface TestResultInput {
  readonly result: 'PASSED' | 'WARNED' | 'FAILED';
  /** What was run with. The predicate asks for the list; it may be empty. */
  readonly configuration: readonly TestConfiguration[];
  /** The test run, for people. */
  readonly url?: string;
  readonly passedTests?: readonly string[];
  readonly warnedTests?: readonly string[];
  readonly failedTests?: readonly string[];
}

/**
 * @throws {RangeError} for an empty text, a configuration that names nothing, or a result that the lists contradict.
 */
export function testResult(input: TestResultInput): Predicate {
  const { result, configuration, url, passedTests = [], warnedTests = [], failedTests = [] } = input;
  if (result !== 'FAILED' && failedTests.length > 0) throw new RangeError(`${result} contradicts the failed tests`);
  if (result === 'PASSED' && warnedTests.length > 0) throw new RangeError('PASSED contradicts the tests with warnings');
  for (const test of [...passedTests, ...warnedTests, ...failedTests]) requireText('the name of a test', test);
  return {
    result,
    configuration: configuration.map(toResource),
    ...(url === undefined ? {} : { url: requireText('url', url) }),
    passedTests,
    warnedTests,
    failedTests,
  };
}

function toResource({ name, uri, digest }: TestConfiguration): Predicate {
  if (name === undefined && uri === undefined && digest === undefined) {
    throw new RangeError('a configuration needs a name, a URI or a digest');
  }
  return {
    ...(name === undefined ? {} : { name: requireText('the name of a configuration', name) }),
    ...(uri === undefined ? {} : { uri: requireText('the URI of a configuration', uri) }),
    ...(digest === undefined ? {} : { digest }),
  };
}
