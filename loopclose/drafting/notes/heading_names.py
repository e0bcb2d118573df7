"""Names of the headings that notes have, by what they head; written without ``&``, ``/`` and punctuation."""

from __future__ import annotations

from loopclose.drafting.words.word_lists import names

NAMES: dict[str, str] = {
    "question": """
        reason for referral; reason for visit; reason for consultation; reason for consult; reason for encounter;
        reason for evaluation; consult question; chief complaints; consultation question; question for consultant;
        reason for today's visit; question asked; clinical question; referral question; chief complaint; cc; question;
        questions; presenting complaint; indication for consultation; referral reason;
        motivo de consulta; motif de consultation; motivo da consulta; fragestellung; motivo di consulto""",
    "findings": """
        exam; pe; physical exam; physical examination; examination; objective; o; findings; results; vital signs;
        vitals; vs; on examination; clinical findings; exam findings; labs; laboratory; laboratory data; lab results;
        labs and imaging; laboratory results; imaging; imaging results; data; data reviewed; studies;
        diagnostic studies;         diagnostic data; diagnostics; diagnostic tests; test results;
        investigations; ekg; ecg; echo; echocardiogram;
        outside records; outside records reviewed; records reviewed; review of records; radiology; pathology;
        cardiac testing; procedures performed; mental status exam; neurological exam; relevant data; relevant results;
        exploracion fisica; exploración física; examen físico; examen fisico; resultados; examen clinique; befund;
        befunde; untersuchung; untersuchungsbefund; körperliche untersuchung; examens complémentaires; exame físico;
        exploración; exploracion; pruebas complementarias; esame obiettivo""",
    "history": """
        history of present illness; hpi; subjective; s; interval history; history; interim history; hx;
        family history; fh; fhx; family hx; past medical history; pmh; pmhx; past history; medical history;
        past surgical history; psh; surgical history; social history; sh; shx; social hx; substance use history;
        obstetric history; gynecologic history; birth history; developmental history; psychiatric history;
        review of systems; ros; allergies; allergies and intolerances; medications; meds; medication list;
        home medications;         outpatient medications; current outpatient medications; medications prior to visit;
        current meds; immunizations;
        problem list; active problem list; ongoing problems; chronic problems; comorbidities; problems;
        active problems; past medical and surgical history; risk factors; occupational history;
        functional status; advance directives; code status; health maintenance; insurance; demographics; background;
        antecedentes; antecedentes personales; antecedentes familiares; medicación; alergias; antécédents;
        antecedentes heredofamiliares; historia familiar; história familiar; historial familiar; antecedentes médicos;
        antecedentes medicos; medicamentos; medicacion; antécédents familiaux; antécédents personnels;
        antécédents médicaux; antécédents chirurgicaux; allergie; allergien; familienanamnese; eigenanamnese;
        anamnese; medikation; aktuelle medikation; sozialanamnese; vorerkrankungen; traitement en cours;
        traitement habituel; histoire de la maladie; mode de vie; histórico familiar; medicações em uso;
        medicamentos em uso; anamnesi familiare; anamnesi; enfermedad actual; hábitos""",
    "assessment": """
        assessment; impression; impressions; diagnosis; diagnoses; dx; conclusion; conclusions; a; assessments;
        assessment and diagnosis; diagnostic impression; medical decision making; mdm; differential diagnosis;
        differential; ddx; impression and diagnosis; summary; formulation; opinion; discussion; visit diagnoses;
        visit diagnosis; encounter diagnosis; encounter diagnoses; final diagnosis; synthesis; interpretation;
        assessment and summary; summary and assessment; assessment and impression; discharge diagnosis;
        imp; discussion and summary; impresión diagnóstica; impresion diagnostica; impresión; impresion;
        diagnóstico; diagnostico; valoración;
        juicio clínico; juicio clinico; conclusión; beurteilung; diagnose; avaliação; evaluación; evaluacion;
        diagnósticos; diagnosticos; diagnosen; zusammenfassung; epikrise; diagnostic; diagnostics médicaux; synthèse;
        impression clinique; hipótese diagnóstica; hipótese; diagnóstico clínico; avaliacao; valutazione; diagnosi;
        conclusioni""",
    "assessment_plan": """
        assessment and plan; assessment plan; a and p; ap; a p; a-p; impression and plan; impression plan;
        assessment and recommendations; assessment and recommendation; impression and recommendations;
        impression and recommendation; summary and recommendations; summary and recommendation; summary and plan;
        diagnosis and plan; diagnoses and plan; assessment and treatment plan; plan and assessment; imp and plan;
        assessment with plan; medical decision making and plan; conclusion and recommendations; i and p;
        conclusions and recommendations; discussion and plan; problem based assessment and plan; a and r;
        assessment impression and plan; assessment diagnosis and plan; assessment and plan of care;
        impresión y plan; diagnóstico y plan; evaluación y plan; beurteilung und procedere; avaliação e plano;
        évaluation et plan; diagnoses and all orders for this visit; diagnosis and orders; assessment and orders;
        visit diagnoses and orders""",
    "plan": """
        plan; plans; p; recommendations; recommendation; recs; plan of treatment; plan of care; treatment plan;
        care plan; management plan; plan and recommendations; recommendations and plan; management; treatment;
        plan of action; suggestions; advice; next steps; action plan; to pcp; for pcp; to the pcp; for the pcp;
        requests for pcp; requests to pcp; action items for pcp; to referring provider; for referring provider;
        to referring physician; for referring physician; for the referring provider; for the referring physician;
        tratamiento; plan de tratamiento;
        recomendaciones; conduite à tenir; procedere; conduta; plan terapéutico; plan terapeutico; plano;
        plano terapêutico; conducta; indicaciones; therapie; therapieempfehlung; empfehlung; empfehlungen; prozedere;
        weiteres vorgehen; cat; prise en charge; recommandations; traitement proposé; piano; terapia""",
    "follow_up": """
        follow-up; follow up; followup; f and u; fu; disposition; return visit; return to clinic; rtc; rto;
        return to office; follow-up plan; follow up plan; follow-up instructions; follow up instructions; return;
        next visit; next appointment; follow-up appointment; follow up appointment; seguimiento; suivi;
        próxima cita; verlaufskontrolle; wiedervorstellung; nachkontrolle; kontrolle; prochain rendez-vous;
        prochaine consultation; retorno; próxima consulta; control; próximo control; revisión""",
    "attestation": """
        attestation; attending attestation; teaching physician attestation; attending note; attending addendum;
        attending statement; teaching physician statement; supervising physician attestation; attending comment;
        attending comments; staff attestation; teaching attestation; supervision statement""",
    "report": """
        technique; comparison; indication; specimen; contrast; clinical indication; clinical history; narrative""",
    "addendum": "addendum; addenda; amendment; late entry; correction; addendum to note",
}
BY_NAME = {
    name.strip(): code for code, names in NAMES.items() for name in " ".join(names.split()).split(";") if name.strip()
}
"""What each name heads."""
PLAIN = names(
    """
    assessment; impression; assessment and plan; assessment & plan; assessment/plan; a/p; a&p; a & p; a; p;
    plan; impression/plan; impression and plan; impression & plan; recommendations; recommendation; follow-up;
    follow up; followup; follow‑up
    """
)
"""Titles that need not be repeated where the section of the paper has the same."""
WITH_COLON = names(
    """
    pe; fh; fhx; sh; shx; psh; cc; hx; dx; ap; a p; fu; f and u; return; advice; treatment; management; opinion;
    discussion; summary; recs; procedere; return to clinic; next visit; disposition; suggestions; problems;
    demographics; data; diagnostic; cat; control; kontrolle; terapia; therapie; piano; hipótese; anamnese; retorno
    """
)
"""Names that are something else besides (PE is pulmonary embolism, too): headings only with a colon or marked."""
OF_REPORTS = names(
    """
    impression; impressions; conclusion; conclusions; recommendation; recommendations; diagnosis; diagnoses;
    findings; interpretation; summary; results; final diagnosis; dx; opinion; diagnostic impression; comparison;
    technique; impression and recommendation; impression and recommendations; conclusions and recommendations;
    plan of care
    """
) - {"plan of care"}
"""Names that reports of tests have as well as notes; ``technique`` and the like no note has."""
OF_HISTORY = names(
    """
    past; prior; previous; family; familial; fam; maternal; paternal; parental; medical; surgical; social; personal;
    cardiac; cardiovascular; ocular; eye; oncologic; oncological; oncology; cancer; gyn; gynecologic; gynecological;
    gynaecological; ob; obstetric; obstetrical; pregnancy; menstrual; sexual; birth; developmental; psychiatric; psych;
    psychosocial; neurologic; neurological; travel; substance; use; drug; alcohol; tobacco; smoking; occupational;
    exposure; genetic; health; pertinent; relevant; significant; other; additional; dental; vaccine; immunization;
    medication; treatment; procedure; procedural; hospitalization; orthopedic; urologic; renal; pulmonary;
    dermatologic; skin; endocrine; allergy; hematologic; interventional; transfusion; and; of
    """
)
"""Words before *history* in the name of a heading."""
COLUMNS = names(
    """
    date; onset; age; age of onset; relation; relationship; relative; code; icd; icd-10; status; comment; comments;
    noted; date noted; diagnosed; date diagnosed; year; resolved; member; family member; description; details
    """
)
"""What stands beside *Diagnosis* above the columns of a table."""
ONLY_REPORTS = frozenset(
    ["technique", "comparison", "indication", "procedure", "specimen", "clinical", "exam", "contrast"]
)
"""Names that a report has besides, which begin no section of a note within it."""
STAYING = names(
    """
    medications; meds; medication list; home medications; labs and imaging; allergies; allergies and intolerances; labs;
    laboratory; imaging; studies; diagnostics; diagnostic studies; investigations; results; data; data reviewed;
    immunizations; echo; ekg; ecg; echocardiogram; procedures performed; question; questions; chief complaint;
    cc; diagnosis; diagnoses; dx; discussion; summary; reason for visit; reason for referral; reason for
    consultation; problems; risk factors; code status; advice; treatment; management; differential; differential
    diagnosis; ddx; health maintenance; laboratory data; lab results; test results; diagnostic tests; current
    meds; findings; interpretation; rationale; impression; conclusion; opinion; recommendations; recommendation
    """
)
"""Names that stay in a plan when they stand in one: they tell of what is planned."""
EXAM_PARTS = names(
    """
    general; heent; head; neck; lungs; chest; heart; cv; cardiovascular; cardiac; resp; respiratory; pulmonary;
    abdomen; abd; gi; gu; extremities; ext; neuro; neurologic; neurological; psych; psychiatric; skin; msk;
    musculoskeletal; eyes; ears; nose; throat; back; constitutional; lymph; lymphatic; breast; genitourinary;
    vascular; pulses; endocrine; gastrointestinal
    """
)
"""Parts of an examination or of a review of systems: they head no section."""
CONTINUING = names(
    """
    of; for; was; is; were; are; has; have; had; that; which; with; by; from; will; would; should; and; or;
    remains; discussed; includes; made; as; at; per; changed; reviewed; about
    """
)
"""Words with which no section begins: what seems a heading before them is the end of a line."""
