import 'moleculer';
import type { ServerResponse } from 'node:http';
import type { GatewayRequest } from '../services/api/alias.ts';
import type { Consumers } from '../mixins/work-queue.mixin.ts';

declare module 'moleculer' {
  namespace Service {
    /** The schema keys that moleculer-db and our own mixins add. */
    /** moleculer-web's settings. */
    interface ServiceSettingSchema {
      ip?: string;
      port?: number;
      requestTimeout?: number;
      logRequest?: string;
      logResponse?: string;
      logRequestParams?: string | null;
      logRouteRegistration?: string;
      assets?: { folder: string };
      routes?: object[];
      onError?: (this: Service, req: GatewayRequest, res: ServerResponse, error: unknown) => void;
    }

    interface ServiceSchema {
      adapter?: unknown;
      model?: unknown;
      afterConnected?: (this: Service) => Promise<void>;
      queues?: Consumers;
    }
  }
}
