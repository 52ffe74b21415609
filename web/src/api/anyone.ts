import { createApi } from '../../../client/index.ts';

/** Ask the server without a token. */
export const asAnyone = createApi('');
