import { jobErrorFor } from "#contracts/job-error.ts";
import { addressInUseMail } from "../../workers/notify/mail/address-in-use-mail.ts";
import { changeEmailMail } from "../../workers/notify/mail/change-email-mail.ts";
import { doneMail } from "../../workers/notify/mail/done-mail.ts";
import { emailChangedMail } from "../../workers/notify/mail/email-changed-mail.ts";
import { expiryMail } from "../../workers/notify/mail/expiry-mail.ts";
import { failedMail } from "../../workers/notify/mail/failed-mail.ts";
import type { Mail } from "../../workers/notify/mail/mail.ts";
import { passwordChangedMail } from "../../workers/notify/mail/password-changed-mail.ts";
import { resetMail } from "../../workers/notify/mail/reset-mail.ts";
import { verifyMail } from "../../workers/notify/mail/verify-mail.ts";
import { webhookDisabledMail } from "../../workers/notify/mail/webhook-disabled-mail.ts";

const PUBLIC_URL = "https://earshot.example.com";
const FID = "cnv_01M8A3EXAMPLE4XAMPLE5XAMPL";
const at = new Date("2026-11-27T06:39:00Z");

const conversion = {
	eventId: `${FID}.1`,
	fid: FID,
	ownerName: "Ada Lovelace",
	publicUrl: PUBLIC_URL,
	unsubscribe: {
		oneClick: `${PUBLIC_URL}/unsubscribe/one-click?token=EXAMPLE`,
		page: `${PUBLIC_URL}/unsubscribe#usr_01M8A3EXAMPLE4XAMPLE5XAMPL.finished.EXAMPLEEXAMPLEEXAMPLE`,
	},
};
/** As long as R2's are. */
const presigned = `https://example.r2.cloudflarestorage.com/mp3s/${FID}/1.mp3?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${"EXAMPLE".repeat(8)}&X-Amz-Date=20261120T063900Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=${"0123456789abcdef".repeat(4)}`;
const done = {
	...conversion,
	filename: "Holiday in Norway.mp4",
	link: presigned,
	linkExpiresAt: at,
	durationSeconds: 3727,
	sizeBytes: 88_400_000,
	bitrateKbps: 189.6,
};
const link = {
	eventId: "01M8A3",
	name: "Ada Lovelace",
	link: `${PUBLIC_URL}/verify#${"AbCdEfGh".repeat(5)}xyz`,
	expiresAt: at,
};

/** Every mail that Earshot writes, with what a mail may have in it, by the name of its template. */
export const samples: Record<string, () => Promise<Mail>> = {
	"done-mail": () => doneMail(done),
	"done-mail, a name of every kind": () =>
		doneMail({
			...done,
			ownerName: "עדה לאבלייס",
			filename: `שיר 🎵 <b>"final"</b> & ${"a very long name ".repeat(5)}${"x".repeat(40)}.mp4`,
		}),
	"failed-mail": () =>
		failedMail({
			...conversion,
			filename: "Holiday in Norway.mp4",
			error: jobErrorFor("no_audio_track"),
			retry: null,
		}),
	"failed-mail, to be tried again": () =>
		failedMail({
			...conversion,
			filename: "Holiday in Norway.mp4",
			error: jobErrorFor("cannot_fit"),
			retry: { url: `${PUBLIC_URL}/conversions/${FID}/retry`, until: at },
		}),
	"expiry-mail": () =>
		expiryMail({
			...conversion,
			filename: "Holiday in Norway.mp4",
			expiresAt: at,
			link: presigned,
		}),
	"verify-mail": () => verifyMail({ ...link, name: null }),
	"reset-mail": () => resetMail(link),
	"change-email-mail": () => changeEmailMail(link),
	"address-in-use-mail": () => addressInUseMail(link),
	"email-changed-mail": () => emailChangedMail({ eventId: "01M8A3", name: "Ada Lovelace" }),
	"password-changed-mail": () =>
		passwordChangedMail({ eventId: "01M8A3", name: "Ada Lovelace", publicUrl: PUBLIC_URL }),
	"webhook-disabled-mail": () =>
		webhookDisabledMail({
			eventId: "01M8A3",
			name: "Ada Lovelace",
			webhookName: "hooks.example.org",
			webhookId: "whk_01M8A3EXAMPLE4XAMPLE5XAMPL",
			publicUrl: PUBLIC_URL,
		}),
};
