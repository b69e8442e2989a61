import { ulid } from "ulid";
import type { ApiKeyId, ConversionId, SessionId, UserId, WebhookId } from "#contracts/ids.ts";

export const newUserId = (nowMs: number): UserId => `usr_${ulid(nowMs)}`;
export const newConversionId = (nowMs: number): ConversionId => `cnv_${ulid(nowMs)}`;
export const newSessionId = (nowMs: number): SessionId => `ses_${ulid(nowMs)}`;
export const newApiKeyId = (nowMs: number): ApiKeyId => `key_${ulid(nowMs)}`;
export const newWebhookId = (nowMs: number): WebhookId => `whk_${ulid(nowMs)}`;
