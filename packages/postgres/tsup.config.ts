import { preset } from '../../tools/tsup.ts';
export default preset({ entry: { index: 'src/index.ts', 'embedded/index': 'src/embedded/index.ts' } });
