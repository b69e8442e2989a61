/** The discrete Fourier transform of complex numbers, in place; their count is a power of two. */
export function fft(re: Float64Array, im: Float64Array): void {
	const count = re.length;
	// Into the order of reversed bits.
	for (let index = 1, reversed = 0; index < count; index++) {
		let bit = count >> 1;
		for (; reversed & bit; bit >>= 1) reversed ^= bit;
		reversed ^= bit;
		if (index < reversed) {
			swap(re, index, reversed);
			swap(im, index, reversed);
		}
	}
	for (let size = 2; size <= count; size *= 2) {
		const half = size / 2;
		for (let k = 0; k < half; k++) {
			const [cos, sin] = [Math.cos((-2 * Math.PI * k) / size), Math.sin((-2 * Math.PI * k) / size)];
			for (let even = k; even < count; even += size) {
				const odd = even + half;
				const [oddRe, oddIm] = [at(re, odd), at(im, odd)];
				const turnedRe = oddRe * cos - oddIm * sin;
				const turnedIm = oddRe * sin + oddIm * cos;
				re[odd] = at(re, even) - turnedRe;
				im[odd] = at(im, even) - turnedIm;
				re[even] = at(re, even) + turnedRe;
				im[even] = at(im, even) + turnedIm;
			}
		}
	}
}

const at = (numbers: Float64Array, index: number) => numbers[index] ?? 0;

function swap(numbers: Float64Array, a: number, b: number): void {
	const held = at(numbers, a);
	numbers[a] = at(numbers, b);
	numbers[b] = held;
}
