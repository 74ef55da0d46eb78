"""Joins what sender and receiver know of a transfer, prints it for people and writes it as JSON.

    python3 Scripts/demo_summary.py SENT.json RECEIVED.json SNR_ASKED_DB OUTPUT.json
"""

import json
import sys


def main():
    sent_path, received_path, snr_asked, output = sys.argv[1:]
    with open(sent_path) as file:
        sent = json.load(file)
    with open(received_path) as file:
        received = json.load(file)
    signal, edit = sent["signal"], sent["edit"]
    summary = {
        "sentence": sent["sentence"],
        "request": sent["request"],
        "snr_asked_db": float(snr_asked),
        "snr_measured_db": sent["reception"]["snrDecibels"],
        "erasures": sent["reception"]["erasures"],
        "reals": signal["reals"],
        "symbols": signal["symbols"],
        "pilots": signal["pilots"],
        "cbr_reals": signal["cbrReals"],
        "cbr_symbols": signal["cbrSymbols"],
        "cbr_total": signal["cbrTotal"],
        "inversion_lpips": sent["inversion"]["lpips"],
        "degree": {"before": edit["degreeBefore"], "expected": edit["degreeExpected"], "after": edit["degreeAfter"]},
        "seconds": sent["seconds"],
        "receiver": received,
    }
    with open(output, "w") as file:
        json.dump(summary, file, indent=2, sort_keys=True)
        file.write("\n")
    print(f"SNR      asked {summary['snr_asked_db']:.1f} dB, measured {summary['snr_measured_db']:.1f} dB, "
          f"{summary['erasures']} symbols lost")
    print(f"symbols  {signal['reals']} reals on {signal['symbols']} complex symbols, {signal['pilots']} pilots")
    print(f"CBR      {signal['cbrReals']:.6f} (reals), {signal['cbrSymbols']:.6f} (complex), "
          f"{signal['cbrTotal']:.6f} (with pilots and side information)")
    print(f"edit     {edit['attribute']} {edit['degreeBefore']} -> {edit['degreeAfter']} "
          f"(wanted {edit['degreeExpected']}), inversion LPIPS {summary['inversion_lpips']:.3f}")
    print("seconds  " + ", ".join(f"{stage} {value:.1f}" for stage, value in sent["seconds"].items()))


if __name__ == "__main__":
    main()
