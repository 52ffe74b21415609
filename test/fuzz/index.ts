import { apiRequests } from './api-requests.ts';
import type { Campaign } from './campaign.ts';
import { media } from './media.ts';
import { queueMessages } from './messages.ts';
import { packets } from './packets.ts';
import { parserCampaigns } from './parsers.ts';
import { rawHttp } from './raw-http.ts';

/** Every class of inputs. */
export const campaigns: Campaign[] = [
  ...parserCampaigns,
  rawHttp,
  apiRequests,
  queueMessages,
  packets,
  media,
];
