import { preset } from '../../tools/tsup.ts';
export default preset({ entry: { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' } });
