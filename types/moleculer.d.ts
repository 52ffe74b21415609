import 'moleculer';
import type { Consumers } from '../mixins/work-queue.mixin.ts';

declare module 'moleculer' {
  namespace Service {
    /** The schema keys that moleculer-db and our own mixins add. */
    interface ServiceSchema {
      adapter?: unknown;
      model?: unknown;
      afterConnected?: (this: Service) => Promise<void>;
      queues?: Consumers;
    }
  }
}
