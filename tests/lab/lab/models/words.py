"""The few words that the tiny models know."""

WORDS = tuple(
    """
    able about above air all always apple apples are away back bell below big bird blue boat bread bridge bright bring
    brown calm came cat city clear close cloud coast cold come cool corner could dark day deep did door down draw dream
    drum dry each early earth east eat edge end even evening every eye fair fall far farm fast field find fire first
    fish five flag flat floor flow fly fog follow forest four fresh friend from full garden gate gentle give glass go
    gold good grass gray great green ground grow had half hand harbor has have he hear heart heavy hello high hill home
    honest hour house how hundred ice in into iron is island it keep kind king lake lamp land large last late leaf learn
    left light like line lion list little long look loud low made make many map march mark may meet milk mill moon more
    morning most mountain move much music near never new next night nine no noon north not now ocean of old on one only
    open or orange other our out over own paper part path people place plain plant play pond quick quiet rain read red
    rest rice rich ride right ring rise river road rock roof room root round run sail salt same sand sea second see seed
    set seven shade she ship shore short show side silver sing six sky slow small smoke snow so soft soil some song soon
    sound south spring stand star stay still stone storm story street strong such summer sun sweet table take tall ten
    that the their then there they thin this three through time to tower town tree two under up us valley very voice
    wait walk wall warm was watch water way we well west what wheat when where white who wide will wind window winter
    wise with wood word work world yard year yellow yes you young
    """.split()  # noqa: SIM905  (a paragraph is easier to keep than 380 quoted words)
)
