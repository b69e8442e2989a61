import { ulid } from "ulid";
import type { ConversionId, UserId } from "#contracts/ids.ts";

export const newUserId = (nowMs: number): UserId => `usr_${ulid(nowMs)}`;
export const newConversionId = (nowMs: number): ConversionId => `cnv_${ulid(nowMs)}`;
