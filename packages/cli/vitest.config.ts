import { mergeConfig } from 'vitest/config';
import { unitProject } from '../../tools/vitest.ts';

// Tests share no state, and loading the packages anew for each file would take longer than the tests.
export default mergeConfig(unitProject('cli'), { test: { isolate: false } });
