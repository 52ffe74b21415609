import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import type { Authenticate } from '../authenticate.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Hub } from '../events/hub.ts';
import type { Places } from '../places/places.ts';
import type { UploadLimits } from '../transfer/upload.ts';
import { accountEndpoints } from './account.ts';
import { adminEndpoints } from './admin/index.ts';
import { authEndpoints } from './auth.ts';
import { directEndpoints } from './direct.ts';
import { eventEndpoints } from './events.ts';
import { frameEndpoints } from './frames.ts';
import { inAppEndpoints } from './in-app.ts';
import { keyEndpoints } from './keys.ts';
import { linkEndpoints } from './links.ts';
import { notificationEndpoints } from './notifications.ts';
import { privacyEndpoints } from './privacy.ts';
import { reuseEndpoints } from './reuse.ts';
import { secondFactorEndpoints } from './second-factor.ts';
import { systemEndpoints } from './system.ts';
import { uploadEndpoints } from './uploads.ts';
import { videoEndpoints } from './video.ts';
import { webhookEndpoints } from './webhooks.ts';
import { documentEndpoints } from './document.ts';

interface Dependencies {
  store: ObjectStore;
  authenticate: Authenticate;
  /** Made when the service starts. */
  hub: () => Hub;
  places: () => Places;
  limits: UploadLimits;
  /** Where people reach the system, without a slash at the end. */
  publicUrl: string;
}

/** Every route of the HTTP contract. */
export function allEndpoints({
  store,
  authenticate,
  hub,
  places,
  limits,
  publicUrl,
}: Dependencies): Endpoint[] {
  const endpoints = [
    ...authEndpoints,
    ...accountEndpoints,
    ...secondFactorEndpoints,
    ...keyEndpoints,
    ...privacyEndpoints({ store, publicUrl }),
    ...videoEndpoints({ store, limits }),
    ...reuseEndpoints,
    ...uploadEndpoints({ store, limits }),
    ...directEndpoints({ store }),
    ...frameEndpoints({ store }),
    ...linkEndpoints({ store, publicUrl }),
    ...eventEndpoints({ hub, authenticate, places }),
    ...inAppEndpoints,
    ...notificationEndpoints,
    ...webhookEndpoints,
    ...systemEndpoints,
    ...adminEndpoints,
  ];
  return [...endpoints, ...documentEndpoints(endpoints, publicUrl)];
}
